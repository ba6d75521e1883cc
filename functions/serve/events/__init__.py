"""CloudEvents in and out, and where a dispatcher sends them."""
