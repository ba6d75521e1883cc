"""From a source colour space to an output: a list of kernel steps."""
