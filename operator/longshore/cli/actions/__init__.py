"""Owns what the commands do, a module each: who is asked for what, in which order, and the exit code.

A module is imported when its command is run, so it may import what is slow.
"""
