"""What was shot, as an index: cards and clips of a root, their entries, one searchable file."""
