"""Pictures and movies out: EXR, DPX, TIFF and every movie codec profile."""
