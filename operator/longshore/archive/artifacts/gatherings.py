"""Finds out what an attempt left, by either transport. All of it blocks; must not say what that means."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from longshore.api.archives import TestCounts
from longshore.api.steps import Artifact
from longshore.archive.artifacts.folders import hash_file, list_folder
from longshore.archive.artifacts.holdings import Holdings
from longshore.archive.artifacts.judgements import Evidence
from longshore.archive.artifacts.paths import explain_path
from longshore.archive.artifacts.records import AttemptRecord
from longshore.archive.artifacts.reports import add_counts, count_tests
from longshore.archive.artifacts.selections import File, select_artifacts
from longshore.archive.places import AttemptKey
from longshore.errors import ArchiveError


@dataclass(frozen=True, slots=True)
class Limits:
    """What an attempt may leave at most."""

    max_bytes: int
    """Of one file."""
    max_files: int
    """In all artifacts of an attempt."""


@dataclass(slots=True)
class Gathering:
    """What was found."""

    files: dict[str, File] = field(default_factory=dict)
    """By path, those that can be part of an artifact."""
    refused: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    """All there are."""


class Gatherer:
    """Looks at the files of attempts that have ended."""

    def __init__(self, holdings: Holdings, limits: Limits) -> None:
        self._holdings = holdings
        self._limits = limits

    def gather_written(self, key: AttemptKey, declared: Sequence[Artifact]) -> Gathering:
        """What a step wrote to the claim."""
        found = Gathering()
        try:
            listing = list_folder(self._holdings.get_folder(key, "Mount"))
        except (ArchiveError, OSError) as error:
            found.problems.append(f"what the step left can't be read: {error}")
            return found
        found.refused, found.links, found.paths = listing.refused, listing.links, sorted(listing.files)
        chosen = {path for each in select_artifacts(listing.files, declared) for path in each.members}
        if len(chosen) > self._limits.max_files:
            found.problems.append(
                f"there are {len(chosen)} files, of which {self._limits.max_files} may be; pack them"
            )
            return found
        for path in sorted(chosen):
            self._take(key, path, listing.files[path].st_size, found)
        return found

    def _take(self, key: AttemptKey, path: str, size: int, found: Gathering) -> None:
        if size > self._limits.max_bytes:
            found.refused[path] = f"has {size} bytes, of which {self._limits.max_bytes} may be; split it"
            return
        try:
            found.files[path] = hash_file(self._holdings.get_folder(key, "Mount"), path)
        except OSError as error:
            found.refused[path] = f"can't be read: {error.strerror or error}; let user 1000 read it"

    def build_evidence(
        self, key: AttemptKey, record: AttemptRecord, declared: Sequence[Artifact], found: Gathering
    ) -> Evidence:
        """What is known of the attempt, its reports counted."""
        selections = select_artifacts(found.files, declared)
        broken: list[str] = []
        tests: TestCounts | None = None
        for path in [path for each in selections if each.declared.kind == "junit" for path in each.members]:
            try:
                with self._holdings.open(key, record.transport, found.files[path]) as file:
                    tests = add_counts(tests or TestCounts(), count_tests(file))
            except ArchiveError as error:
                broken.append(f"{path!a} is not counted: {error}")
        return Evidence(
            paths=found.paths,
            selections=selections,
            refused=found.refused,
            links=found.links,
            problems=found.problems,
            broken=broken,
            tests=tests,
            is_full=record.is_full,
        )


def gather_sent(record: AttemptRecord, files: Sequence[File]) -> Gathering:
    """What came over HTTP."""
    # What is wrong with a name was told to the sender without words: it had asked by HEAD.
    failed = {path: explain_path(path) or why for path, why in record.failed.items()}
    found = Gathering({file.path: file for file in files}, failed)
    found.paths = list(found.files)
    if not record.is_complete:
        found.problems.append("not all files had arrived when the step's time to send them was over")
    return found
