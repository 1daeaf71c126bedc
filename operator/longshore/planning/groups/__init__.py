"""ConcurrencyGroups: who holds a place, and who waits for one."""
