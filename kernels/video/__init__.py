"""Y'CbCr of video to and from R'G'B'."""
