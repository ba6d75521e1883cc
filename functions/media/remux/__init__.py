"""Movies cut and joined without a decoder."""
