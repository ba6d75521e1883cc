"""What became of a job, as numbers and as a page with its frames."""
