"""Readers that a house adds: found by entry points, run in a process of their own."""
