"""What the image holds and why: run by the Dockerfile's build stage, never shipped."""
