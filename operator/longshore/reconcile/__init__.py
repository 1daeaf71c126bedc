"""Owns the flow: observe, plan, apply, one status write, events. Must not decide: planning does."""
