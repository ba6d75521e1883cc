"""What headers of stills say that no library hands on: a file a format."""
