"""Reads JUnit's XML, whoever wrote it: what a step leaves is hostile until shown otherwise.

Owns the counting of test cases. No entity is ever declared or fetched, and neither size nor depth is unbounded.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate

from longshore.api.archives import TestCounts
from longshore.errors import ArchiveError

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 64
_CHUNK = 2**16
_ROOTS = {"testsuites", "testsuite"}
_OUTCOMES = {"failure": "failed", "error": "failed", "skipped": "skipped"}


def count_tests(report: BinaryIO) -> TestCounts:
    """What a report counts. Raises ArchiveError, whose message says why it is no report."""
    cases = _Cases()
    parser = ParserCreate()
    parser.StartElementHandler = cases.start
    parser.EndElementHandler = cases.end
    parser.EntityDeclHandler = _refuse_entity
    try:
        for _ in range(MAX_BYTES // _CHUNK):
            if not (chunk := report.read(_CHUNK)):
                parser.Parse(b"", True)  # noqa: FBT003 - expat's own signature
                return cases.sum()
            parser.Parse(chunk)
    except (ExpatError, ValueError, LookupError) as error:
        raise ArchiveError(f"it is no XML: {error}") from None
    raise ArchiveError(f"it has more than {MAX_BYTES // 2**20} MiB")


def add_counts(first: TestCounts, second: TestCounts) -> TestCounts:
    """What two reports count together."""
    return TestCounts(
        passed=first.passed + second.passed,
        failed=first.failed + second.failed,
        skipped=first.skipped + second.skipped,
    )


@dataclass(slots=True)
class _Cases:
    """Counts `testcase` elements, wherever they are: totals of suites differ from tool to tool, and may lie."""

    path: list[str] = field(default_factory=list)
    outcome: str = ""
    """Of the case that is being read; empty outside."""
    counts: Counter[str] = field(default_factory=Counter)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self.path and _name(tag) not in _ROOTS:
            raise ArchiveError(f"it is not JUnit's: its root is {tag[:64]!r}")
        if len(self.path) == MAX_DEPTH:
            raise ArchiveError(f"it is nested more than {MAX_DEPTH} deep")
        self.path.append(_name(tag))
        if self.path[-1] == "testcase":
            # gtest says only so that a test was disabled.
            self.outcome = "skipped" if attributes.get("status") in {"notrun", "disabled"} else "passed"
        elif self.path[-2:-1] == ["testcase"] and self.outcome != "failed":
            self.outcome = _OUTCOMES.get(self.path[-1], self.outcome)

    def end(self, _: str) -> None:
        if self.path.pop() == "testcase":
            self.counts[self.outcome] += 1

    def sum(self) -> TestCounts:
        return TestCounts(**self.counts)


def _name(tag: str) -> str:
    """An element's name without its namespace's prefix."""
    return tag.rpartition(":")[2]


def _refuse_entity(name: str, *_: object) -> None:
    raise ArchiveError(f"it declares the entity {name[:64]!r}, which no report needs")
