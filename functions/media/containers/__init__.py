"""Files inside out: boxes of QuickTime and MP4, KLV of MXF, directories of TIFF. No pixels."""
