"""Owns the init container that checks out a Workflow's source. Must not know the step that follows it."""

from dataclasses import dataclass
from typing import Any

from longshore import names
from longshore.manifests.safety import build_container_security

WORK = "/longshore/work"
# Below the volume's root, which is root's: git trusts no folder of another user.
SOURCE = f"{WORK}/source"
HOME = "/longshore/home"
CREDENTIALS = "/longshore/credentials"
CREDENTIALS_VOLUME = "longshore-credentials"


@dataclass(frozen=True, slots=True)
class Checkout:
    """What is checked out, with all expressions evaluated."""

    image: str
    """The runner image."""
    url: str
    revision: str
    """Branch, tag or commit; empty: the default branch."""
    depth: int
    submodules: bool
    secret: str
    """Name of the Secret with the credentials, or empty."""


def build_checkout(checkout: Checkout) -> dict[str, Any]:
    """The init container; every value reaches it as a variable, none is part of a command."""
    variables = {
        "SOURCE_URL": checkout.url,
        "SOURCE_REVISION": checkout.revision,
        "SOURCE_DEPTH": str(checkout.depth),
        "SOURCE_SUBMODULES": "true" if checkout.submodules else "false",
        "SOURCE_PATH": SOURCE,
        "HOME": HOME,
    }
    mounts = [{"name": "longshore-work", "mountPath": WORK}, {"name": "longshore-home", "mountPath": HOME}]
    if checkout.secret:
        variables["SOURCE_CREDENTIALS"] = CREDENTIALS
        mounts.append({"name": CREDENTIALS_VOLUME, "mountPath": CREDENTIALS})
    return {
        "name": names.CHECKOUT_CONTAINER,
        "image": checkout.image,
        "args": ["checkout"],
        # The kubelet expands $(VAR) and $$ in values.
        "env": [{"name": name, "value": value.replace("$", "$$")} for name, value in variables.items()],
        "volumeMounts": mounts,
        "securityContext": build_container_security(),
    }


def build_credentials_volume(checkout: Checkout) -> dict[str, Any]:
    """The Secret as files; readable by the pod's group alone."""
    return {"name": CREDENTIALS_VOLUME, "secret": {"secretName": checkout.secret, "defaultMode": 0o440}}
