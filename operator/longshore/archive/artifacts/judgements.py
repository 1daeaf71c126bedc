"""Decides what is said of what an attempt left. Pure; must not look at files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from longshore.api.archives import Archived, TestCounts
from longshore.api.steps import Artifact
from longshore.archive.artifacts.paths import list_folders
from longshore.archive.artifacts.selections import Selection, find_missing, is_declared
from longshore.planning.acceptance.globs import is_match, read_glob, split_path

MAX_MESSAGE = 4096
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the files of an attempt that has ended."""

    paths: Sequence[str] = ()
    """All files that are there."""
    selections: Sequence[Selection] = ()
    """Those that are artifacts."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """By path, why a file is not kept, and what to do."""
    links: Sequence[str] = ()
    problems: Sequence[str] = ()
    """Why files could not be read at all; or which arrived, where they travel."""
    broken: Sequence[str] = ()
    """Reports that can't be counted."""
    tests: TestCounts | None = None
    is_full: bool = False
    """Whether there was no room for something."""
    is_spent: bool = False
    """Whether the volume that the step itself wrote to has no room left."""
    has_failed: bool = False
    """Whether the step did: then it may have failed of that, and any file lack its end."""


def judge(declared: Sequence[Artifact], evidence: Evidence) -> Archived:
    """What the archive says of the attempt."""
    refused = {path: why for path, why in evidence.refused.items() if is_declared(path, declared)}
    missing = _list_missing(declared, evidence, refused)
    is_full = evidence.is_full or (evidence.is_spent and (evidence.has_failed or bool(missing)))
    links = [path for path in evidence.links if is_declared(path, declared)]
    sentences = [
        *(["the archive has no room; make it larger, or shorten what it keeps"] if is_full else ()),
        *evidence.problems,
        *(_explain_missing(artifact, evidence) for artifact in declared if artifact.name in missing),
        *(f"{path!a} {why}" for path, why in sorted(refused.items())),
        *evidence.broken,
        *([f"symbolic links are left out: {_shorten(links)}"] if links else ()),
    ]
    verdict = "Full" if is_full else "Lost" if missing else "Stored"
    return Archived(artifacts=verdict, message=_join(sentences), missing=missing, tests=evidence.tests)


def _list_missing(declared: Sequence[Artifact], evidence: Evidence, refused: Mapping[str, str]) -> list[str]:
    absent = {*find_missing(evidence.selections, declared)}
    for artifact in declared:
        is_partial = evidence.problems or any(is_declared(path, [artifact]) for path in refused)
        if is_partial and not artifact.optional:
            absent.add(artifact.name)
    return [artifact.name for artifact in declared if artifact.name in absent]


def _explain_missing(artifact: Artifact, evidence: Evidence) -> str:
    """Empty where something else says it."""
    if evidence.is_full or evidence.problems or any(each.declared is artifact for each in evidence.selections):
        return ""
    said = f"{artifact.name}: no {'folder' if artifact.kind == 'dir' else 'file'} matches {artifact.path}"
    glob, folders = read_glob(artifact.path), (folder for path in evidence.paths for folder in list_folders(path))
    if artifact.kind != "dir" and any(is_match(glob, split_path(folder)) for folder in folders):
        return f"{said}, which is a folder: declare {artifact.path.rstrip('/')}/**, or kind: dir"
    return said


def _shorten(paths: Sequence[str]) -> str:
    shown = ", ".join(ascii(path) for path in paths[:_SHOWN])
    return f"{shown} and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else shown


def _join(sentences: Iterable[str]) -> str:
    return "; ".join(filter(None, sentences))[:MAX_MESSAGE]
