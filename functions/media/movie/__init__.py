"""Movies read through FFmpeg: facts, pictures by number, sound to the sample."""
