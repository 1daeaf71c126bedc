"""One attempt of a step: what its pod says, how it ends, whether another follows."""
