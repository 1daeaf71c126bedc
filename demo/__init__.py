"""The demo: Longshore builds and tests itself in pods."""
