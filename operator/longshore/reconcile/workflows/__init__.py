"""Workflows: the Runs of their schedules, and what becomes of those that ended."""
