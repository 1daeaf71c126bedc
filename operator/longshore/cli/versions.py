"""Owns the plugin's version. To read it from the installed package takes longer than all else at the start."""

VERSION = "0.1.0"
"""As in pyproject.toml; a test holds that."""
