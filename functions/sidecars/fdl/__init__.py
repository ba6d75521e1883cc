"""ASC Framing Decision Lists."""
