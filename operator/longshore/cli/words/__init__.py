"""Owns what people type: options, names, and what is meant by them. Must not know what is done with it."""
