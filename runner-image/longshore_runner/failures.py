"""What git's complaints mean, for someone who wrote a Workflow and sees only one sentence.

Owns the table from git's and ssh's English to a message and its remedy. Pure: must not run git.
"""

import re
from dataclasses import dataclass

from longshore_runner.errors import CheckoutError
from longshore_runner.sources import Source

# The server would not hand out a single commit, or no shallow history: a full fetch may still work.
REFUSALS = re.compile(
    r"not our ref|unadvertised object|couldn't find remote ref|Direct fetching of that commit failed"
    r"|does not support shallow|--depth is ignored"
)

SUBMODULE = re.compile(r"submodule path '(?P<path>[^']*)'")


@dataclass(frozen=True, slots=True)
class Failure:
    """A kind of failure.

    Attributes:
        pattern: Found in what git or ssh wrote.
        message: What it means; `{where}` is the repository, `{detail}` the pattern's group of that name.
        remedy: What the user can do.
        transient: Whether it may go away by itself.
    """

    pattern: str
    message: str
    remedy: str
    transient: bool = False


# The first match counts: causes stand before the consequences that git reports too.
FAILURES = (
    Failure(
        r"No space left on device|Disk quota exceeded",
        "The volume of the checkout is full",
        "Set source.git.depth to 1, or give the step's volume more room.",
    ),
    Failure(
        r"^(fatal|error): (?P<detail>.*): (Permission denied|Read-only file system)$",
        "The checkout cannot write to its volume{detail}",
        "Leave fsGroup and runAsUser of the step's template as they are, or give the volume to user 1000.",
    ),
    Failure(
        r"Host key verification failed",
        "Host key verification failed: {where} did not show a host key that known_hosts has",
        "Check the key with the server's administrator, then put what ssh-keyscan prints for that host and"
        " port into the key known_hosts of the Secret of source.git.secretRef.",
    ),
    Failure(
        r"Authentication failed|could not read (Username|Password)|Permission denied \("
        r"|returned error: 40[137]",
        "Authentication failed at {where}",
        "Set source.git.secretRef to a Secret whose user may read this repository, and check that its"
        " password, token or key is still valid.",
    ),
    Failure(
        r"SSL certificate|server certificate verification failed|certificate problem",
        "The TLS certificate of {where} is not trusted",
        "Use a runner image that has the server's certificate authority, or name its file in GIT_SSL_CAINFO.",
    ),
    Failure(
        r"transport '(?P<detail>[^']*)' not allowed",
        "The protocol of {where} is not allowed{detail}",
        "Use an https or ssh URL.",
    ),
    Failure(
        r"mismatched algorithms",
        "{where} uses SHA-256 object names, which are not supported",
        "Use a repository with SHA-1 object names.",
    ),
    Failure(
        r"[Rr]epository( '.*')? (not found|does not exist)|could not be found|repository not exported"
        r"|is this a git repository|does not appear to be a git repository|returned error: 4(04|10)",
        "There is no git repository at {where}, or none that these credentials may see",
        "Check source.git.url; a private repository needs source.git.secretRef.",
    ),
    Failure(
        r"short (object ID|SHA1) \S+ is ambiguous",
        "source.git.revision fits several commits of {where}",
        "Give more digits of the commit.",
    ),
    Failure(
        r"did not contain|not our ref|unadvertised object|reference is not a tree",
        "The commit that is wanted of {where} is not there",
        "Push it, or set source.git.revision to a commit that was pushed with all its submodules.",
    ),
    Failure(
        r"Could not resolve host|name resolution|Name or service not known|No address associated",
        "The host of {where} is unknown",
        "Check the host's name in source.git.url and the cluster's DNS.",
        transient=True,
    ),
    Failure(
        r"timed out|Operation too slow|[Tt]imeout",
        "{where} did not answer in time",
        "Check that pods of this namespace may reach it (network policy, proxy, firewall).",
        transient=True,
    ),
    Failure(
        r"Connection refused|reset by peer|Failed to connect|Connection closed|Connection reset|early EOF"
        r"|unexpected disconnect|hung up unexpectedly|error: (5\d\d|429)|HTTP (5\d\d|429)|Empty reply"
        r"|Network is unreachable|No route to host|transfer closed|invalid index-pack output",
        "The connection to {where} failed",
        "Check that the server runs and that pods of this namespace may reach it.",
        transient=True,
    ),
)


def find_failure(stderr: str) -> Failure | None:
    """The first kind of failure that fits what git wrote."""
    return next((kind for kind in FAILURES if re.search(kind.pattern, stderr, re.MULTILINE)), None)


def is_transient(stderr: str) -> bool:
    """Whether the same command may succeed a moment later."""
    kind = find_failure(stderr)
    return kind is not None and kind.transient


def is_refusal(stderr: str) -> bool:
    """Whether the server refused a single commit or a shallow history: asking for everything may help."""
    return bool(REFUSALS.search(stderr))


def explain(source: Source, command: str, stderr: str) -> CheckoutError:
    """The error to show for a git command that failed."""
    where = source.url
    if submodule := SUBMODULE.search(stderr):
        where = f"submodule {submodule['path'].removeprefix(f'{source.path}/')} of {where}"
    kind = find_failure(stderr)
    if kind is None:
        last = stderr.splitlines()[-1] if stderr else "no message"
        return CheckoutError(f"git {command} failed for {where}: {last}", "The log has all that git said.")
    found = re.search(kind.pattern, stderr, re.MULTILINE)
    detail = found.groupdict().get("detail") if found else None
    return CheckoutError(kind.message.format(where=where, detail=f": {detail}" if detail else ""), kind.remedy)


def explain_unknown_revision(source: Source) -> CheckoutError:
    """The error for a revision that the server does not have."""
    return CheckoutError(
        f"Revision {source.revision!r} is unknown: {source.url} has no such branch, tag or commit",
        f"Push it, or set source.git.revision to a name that git ls-remote {source.url} shows.",
    )


def explain_empty(source: Source) -> CheckoutError:
    """The error for a repository without a default branch."""
    return CheckoutError(
        f"{source.url} has no default branch: it is empty, or its HEAD names a branch that is not there",
        "Push a commit, or set source.git.revision.",
    )
