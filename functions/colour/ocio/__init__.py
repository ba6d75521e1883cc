"""OpenColorIO: configs, look files, its processors and errors."""
