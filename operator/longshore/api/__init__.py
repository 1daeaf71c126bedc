"""Owns the contract: the four kinds as pydantic models. Must not decide anything, nor know how CRDs are made."""
