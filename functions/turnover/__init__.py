"""Editorial in, ranges of clips out: a reader a format on one model, events resolved to media."""
