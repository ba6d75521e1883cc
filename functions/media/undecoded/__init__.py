"""Clips that makers' SDKs alone decode: what their headers say, so that they can be planned."""
