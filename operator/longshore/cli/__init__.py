"""Owns `kubectl longshore`: what people type and see. Everything slow is imported by the command that needs it."""
