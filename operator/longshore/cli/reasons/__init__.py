"""Owns why a Run does not go on, or failed."""
