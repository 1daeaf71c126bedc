"""Owns Runs that are not made: what they would be, and how long they would take."""
