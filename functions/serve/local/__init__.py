"""A functions server on this machine for the length of one job."""
