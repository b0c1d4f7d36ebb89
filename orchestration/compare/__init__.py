"""What changed seeds, or another scoring model, would do to the grades: before anything is published or sent."""
