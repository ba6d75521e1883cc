"""DNG and CinemaDNG, read tag by tag."""
