"""Camera raw that is no DNG: MLV, Phantom cine, and what LibRaw reads."""
