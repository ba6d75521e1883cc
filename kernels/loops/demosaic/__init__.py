"""Loops from sensor samples to RGB."""
