"""Colour steps over arrays: curves, CDL, matrices, look-up tables, renderings."""
