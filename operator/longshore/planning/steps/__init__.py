"""One step of a Run: when it starts and ends, of whatever kind it is."""
