"""Everything below a root inspected into one searchable file, again only what has changed."""
