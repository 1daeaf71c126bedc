"""The logs of containers: followed, kept, read."""
