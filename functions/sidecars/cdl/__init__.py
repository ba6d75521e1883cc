"""ASC CDL files: .cc, .ccc and .cdl."""
