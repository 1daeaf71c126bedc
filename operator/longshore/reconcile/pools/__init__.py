"""Agents and the room that they have, over all Runs of a namespace."""
