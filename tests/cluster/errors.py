"""What a person has to mend before a command can work."""


class ClusterError(Exception):
    """The message says what is wrong and what to do about it."""
