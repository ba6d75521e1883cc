"""Loops between R'G'B' and Y'CbCr, and resampling."""
