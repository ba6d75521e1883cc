"""Loops of entropy coding."""
