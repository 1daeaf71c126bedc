"""Owns the commands as people type them, a module each: arguments, options, help. Must import nothing slow."""
