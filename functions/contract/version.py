"""The version, read by code that must not pay for importlib.metadata."""

VERSION = "0.1.0"
