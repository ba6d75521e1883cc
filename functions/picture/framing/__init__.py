"""Framing decisions as geometry, and that geometry on pixels."""
