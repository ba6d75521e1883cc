"""Decoders: how they are set up, what they say of damage, what their headers say of pictures."""
