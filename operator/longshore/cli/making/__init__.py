"""Owns the making of Runs: out of what, one or many, and the wait for their end."""
