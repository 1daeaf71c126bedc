"""The Agents of a namespace: what they are, and which attempt belongs where."""
