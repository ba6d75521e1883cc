"""ASC Media Hash Lists."""
