"""Owns every decision, as pure and total functions: no I/O, no clock, no exception for a user's mistake."""
