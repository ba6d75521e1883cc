"""The files of both platforms, written from one table: `python -m deploy`, `make manifests`."""
