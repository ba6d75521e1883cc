"""ACES transform ids: which transform each one names, and how ours are written."""
