"""The archive of a namespace: its life, its design, its room."""
