"""Owns the terminal: painting, keys, the time. Must not decide what is said."""
