"""The console: jobs, clips, failures and plans as pages, read from the storage alone."""
