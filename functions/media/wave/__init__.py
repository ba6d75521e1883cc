"""Sound files of recorders: WAVE and Broadcast Wave, read and written to the sample."""
