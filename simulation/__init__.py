"""A company that never existed: raw tables of any size, from one seed number."""
