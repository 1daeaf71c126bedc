"""Owns the way to a namespace's archive, and what it answers. Must not print what was asked for."""
