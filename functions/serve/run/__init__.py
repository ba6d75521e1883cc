"""Settings, the catalog of operations, and the runner that every door calls."""
