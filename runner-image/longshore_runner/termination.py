"""The termination message: the few bytes that Kubernetes keeps of a container that ended.

Owns its place and size. Must not decide what is in it.
"""

from collections.abc import Mapping
from pathlib import Path

# The kubelet keeps the last bytes of a longer file, and the beginning is what matters here.
MAX_BYTES = 4096


def write_message(environment: Mapping[str, str], message: str) -> None:
    """Write the container's termination message, cut to what Kubernetes keeps."""
    path = Path(environment.get("TERMINATION_MESSAGE_PATH") or "/dev/termination-log")
    path.write_bytes(message.encode()[:MAX_BYTES])
