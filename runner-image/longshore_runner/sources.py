"""What to check out: a Workflow's `source.git`, read from the environment and checked before git sees it.

Owns the contract of the SOURCE_ variables. Must not read credentials, touch the disk or run git.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from longshore_runner.errors import SourceError

# What git may speak unless its own variable GIT_ALLOW_PROTOCOL says otherwise. Local files stay out.
PROTOCOLS = "http:https:ssh:git"

# What git forbids in names of branches and tags; it would be syntax in a refspec.
NOT_IN_REVISIONS = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{")


@dataclass(frozen=True, slots=True)
class Source:
    """A repository and the state of it that is wanted.

    Attributes:
        url: Where git finds it; without credentials.
        protocol: What git speaks to that URL: `https`, `ssh`, ...
        revision: A branch, tag, ref's full name, or commit of 4 to 40 digits; empty for the default branch.
        depth: How many commits of history; 0 for all.
        submodules: Whether submodules are checked out too, and theirs.
        path: The absolute folder for the checkout. What is in it goes.
        credentials: The folder where a Secret is mounted; None without one.
    """

    url: str
    protocol: str
    revision: str
    depth: int
    submodules: bool
    path: Path
    credentials: Path | None


def read_source(environment: Mapping[str, str]) -> Source:
    """The source that the SOURCE_ variables describe.

    Raises:
        SourceError: A variable is missing, malformed, or would be dangerous to hand to git.
    """
    url = environment.get("SOURCE_URL", "")
    credentials = environment.get("SOURCE_CREDENTIALS", "")
    return Source(
        url=url,
        protocol=_check_url(url, allowed_protocols(environment)),
        revision=_check_revision(environment.get("SOURCE_REVISION", "")),
        depth=_parse_depth(environment.get("SOURCE_DEPTH", "")),
        submodules=_parse_submodules(environment.get("SOURCE_SUBMODULES", "")),
        path=_check_path(environment.get("SOURCE_PATH", "")),
        credentials=Path(credentials) if credentials else None,
    )


def allowed_protocols(environment: Mapping[str, str]) -> str:
    """The protocols that git may speak, in the form of GIT_ALLOW_PROTOCOL: names with colons between."""
    return environment.get("GIT_ALLOW_PROTOCOL", PROTOCOLS)


def protocol_of(url: str) -> str:
    """What git would speak to a URL: its scheme, a remote helper's name, `ssh` for host:path, else `file`."""
    if scheme := re.match(r"([A-Za-z][A-Za-z0-9+.-]*)(://|::)", url):
        return scheme[1].lower()
    return "ssh" if re.match(r"[^/]+:", url) else "file"


def _check_url(url: str, allowed: str) -> str:
    # The URL is shown in no message before it is known to hold no password.
    if not url or url.startswith("-") or re.search(r"[\x00-\x20\x7f]", url):
        raise SourceError(
            "source.git.url is empty, starts with a hyphen or holds a blank or control character",
            "Write it as https://host/path.git or ssh://git@host/path.git.",
        )
    protocol = protocol_of(url)
    _check_authority(url, protocol)
    if protocol not in allowed.split(":"):
        raise SourceError(
            f"source.git.url uses the protocol {protocol}, which is not allowed",
            f"Use one of {', '.join(allowed.split(':'))}.",
        )
    return protocol


def _check_authority(url: str, protocol: str) -> None:
    """Refuse what may be a password or a token: over HTTP, even a name alone is often a token."""
    user = re.search(r"://([^/?#]*)@", url)
    if user and (protocol in {"http", "https"} or ":" in user[1]):
        raise SourceError(
            "source.git.url has a user name or password in it, where everyone can read it",
            "Remove it from the URL, revoke it, and name a Secret of type kubernetes.io/basic-auth"
            " in source.git.secretRef.",
        )
    try:
        _ = urlsplit(url).port if "://" in url else None
    except ValueError as error:
        raise SourceError(
            "source.git.url has no valid host and port",
            "Write it as https://host/path.git or https://host:8443/path.git.",
        ) from error


def _check_revision(revision: str) -> str:
    if revision.startswith("-") or NOT_IN_REVISIONS.search(revision):
        raise SourceError(
            f"source.git.revision {revision!r} cannot be the name of a branch, tag or commit",
            "Set it to a branch, a tag or a commit's digits; expressions such as main~1 are not understood.",
        )
    return revision


def _parse_depth(depth: str) -> int:
    if not re.fullmatch(r"[0-9]{0,9}", depth, re.ASCII):
        raise SourceError(
            f"source.git.depth {depth!r} is no count of commits",
            "Set it to 1 or more, or to 0 for all history.",
        )
    return int(depth or 0)


def _parse_submodules(submodules: str) -> bool:
    if submodules not in {"", "true", "false"}:
        raise SourceError(f"source.git.submodules {submodules!r} is no boolean", "Set it to true or false.")
    return submodules == "true"


def _check_path(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or path == path.parent or ".." in path.parts:
        raise SourceError(
            f"SOURCE_PATH {text!r} is no absolute path of a folder below the root",
            "This is set by the operator: report it, unless the step's template changed it.",
        )
    return path
