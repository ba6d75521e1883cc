"""The HTTP door: gunicorn, Flask, OpenAPI, and the client of another server."""
