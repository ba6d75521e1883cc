"""Vectors of floats with explicit lanes."""
