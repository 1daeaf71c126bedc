"""A Run as a whole, from its acceptance to its end."""
