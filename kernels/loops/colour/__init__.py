"""Loops of colour steps: curves, matrices, tables, renderings."""
