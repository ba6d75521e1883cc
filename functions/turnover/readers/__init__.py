"""A reader a format: bytes of a document to events, on the one timeline model."""
