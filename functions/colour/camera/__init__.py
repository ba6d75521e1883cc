"""Camera RGB to ACES2065-1."""
