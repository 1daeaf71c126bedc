"""Owns how objects look on a terminal. Pure: objects as dicts go in, lines come out."""
