"""Stills and numbered sequences of them as clips."""
