"""What will be done to a clip, from headers and sidecars alone."""
