"""What happened: Runs and their events, in SQLite."""
