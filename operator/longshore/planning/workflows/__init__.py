"""A Workflow: its schedule, its Runs, what becomes of those that ended."""
