"""Owns what is wrong with a manifest: findings, and how people read them. Must not look for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """The kinds of findings; the reason of condition Accepted=False is the first one's."""

    SCHEMA = "InvalidField"
    CYCLE = "Cycle"
    UNKNOWN_NEED = "UnknownNeed"
    EXPRESSION = "InvalidExpression"
    REFERENCE = "InvalidReference"
    PARAMETER = "InvalidParameter"
    STEP = "InvalidStep"
    TEMPLATE = "InvalidTemplate"
    TOO_LARGE = "TooLarge"
    SCHEDULE = "InvalidSchedule"
    UNSUPPORTED = "FieldNotSupported"
    WORKFLOW = "WorkflowNotFound"
    EARLIER_RUN = "RunNotFound"
    RERUN = "InvalidRerun"
    SLICE = "InvalidSlice"
    ARCHIVE = "ArchiveDisabled"
    DEADLOCK = "Deadlock"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: the field, and what to do about it."""

    fault: Fault
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def write_message(findings: Sequence[Finding]) -> str:
    """All findings as one message for a condition, at most 1,024 characters."""
    text = "; ".join(map(str, findings[:5]))
    rest = f" (and {len(findings) - 5} more)" if len(findings) > 5 else ""
    return text[: 1024 - len(rest)] + rest
