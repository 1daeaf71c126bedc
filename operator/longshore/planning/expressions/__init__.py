"""What stands in `$(...)`, `when` and the like: read, checked, evaluated."""
