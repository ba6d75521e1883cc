"""From a URI to a clip: what a file is, which files a clip has, what lies below a folder."""
