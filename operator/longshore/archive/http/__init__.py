"""What the archive answers over HTTP, and to whom."""
