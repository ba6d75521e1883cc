"""The doors: HTTP, CloudEvents, the command line and Python. Only here is the environment read."""
