"""Owns what is said of a trouble in a few words: the long sentences of schedulers, quotas and registries cut down.

What is not known stays as it is. Must not know any step.
"""

import re

_PREEMPTION = re.compile(r"\s*(no new claims to deallocate, )?preemption: .*", re.DOTALL)
_CONTAINER = re.compile(r"^container [^:\s]+: \w+: ")
_WAITS = re.compile(r"^waits(?: for|:) ")
_IMAGE = re.compile(r'image "([^"]+)"')
_QUOTA = re.compile(
    r"exceeded quota: (?P<name>[^,]+), requested: (?P<asked>.+?), used: (?P<used>.+?), limited: (?P<limited>.+)"
)


def condense_scheduling(message: str) -> str:
    """The scheduler's words: how many nodes there are, and what is wrong with each."""
    text = _PREEMPTION.sub("", " ".join(message.split()))
    text = text.replace(" nodes are available", " nodes").replace("node(s) had untolerated taint", "with taint")
    return re.sub(r"node\(s\) ", "", text).rstrip(". ")


def condense_quota(message: str) -> str:
    """Which quota is used up, and by how much: `quota compute: pods 1 wanted, 4 of 4 used`."""
    found = _QUOTA.search(" ".join(message.split()))
    if found is None:
        return message
    used, limited = _split(found["used"]), _split(found["limited"])
    wants = [
        f"{name} {amount} wanted, {used.get(name, '?')} of {limited.get(name, '?')} used"
        for name, amount in _split(found["asked"]).items()
    ]
    return f"quota {found['name']}: {'; '.join(wants)}"


def find_quota(message: str) -> str | None:
    """The name of the quota that a message tells of."""
    found = _QUOTA.search(" ".join(message.split()))
    return found["name"] if found else None


def condense_pull(message: str) -> str:
    """Which image can't be pulled, and the last reason of the chain: `image "x:1": not found`."""
    text = condense_container(message)
    image = _IMAGE.search(text)
    if image is None:
        return text
    reason = re.split(r":\s+", text.rstrip(". "))[-1]
    return f'image "{image[1]}": ' + ("can't be pulled" if image[1] in reason else reason)


def condense_container(message: str) -> str:
    """What a container lacks, without the words around it."""
    return _CONTAINER.sub("", " ".join(message.split()))


def condense_wait(message: str) -> str:
    """What an attempt without an Agent, or a group, waits for: `gpu-a offline`, `group browsers: 2/2 held`."""
    return _WAITS.sub("", " ".join(message.split()))


def _split(amounts: str) -> dict[str, str]:
    """`pods=1,cpu=2` as a mapping."""
    pairs = (pair.partition("=") for pair in amounts.split(","))
    return {name: amount for name, _, amount in pairs}
