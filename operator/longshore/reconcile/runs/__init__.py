"""Runs: each is observed, planned, and what its plan says is done."""
