"""Owns the way to the API server, and Runs as it has them. Must not print."""
