"""Whether a Workflow or a Run can start at all, told from its manifest alone."""
