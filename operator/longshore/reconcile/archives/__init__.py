"""The archive of each namespace: its objects, its sleep, and how steps use it."""
