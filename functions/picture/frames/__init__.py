"""Developed frames: samples in, planes out, files committed."""
