"""leadforge: a simulated software company, made by somebody else."""
