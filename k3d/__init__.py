"""The local cluster: steps as scripts, and what a shell does badly."""
