"""Owns which artifacts the archive has, and which of them are meant by what people type. Must not fetch them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.cli.archives.clients import Archive, build_path
from longshore.cli.cluster.clusters import Object
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.suggestions import suggest
from longshore.names import get_step_name


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file, or a folder of files, that an attempt of a step left."""

    id: str
    step: str
    attempt: int
    name: str
    """Several files that match one declaration share it."""
    kind: str
    path: str
    """Below $LONGSHORE_ARTIFACTS; empty where a folder is all of it."""
    size: int
    """In bytes; of a folder, those of its files together."""
    sha256: str
    """Of its content; of a folder, of what `sha256sum` prints for its files, sorted by path."""

    @property
    def is_folder(self) -> bool:
        """Whether it comes as files in a tar."""
        return self.kind == "dir"

    @property
    def full_name(self) -> str:
        """As it is named on the command line."""
        return f"{self.step}/{self.name}"

    @property
    def content_path(self) -> str:
        """Where its content is."""
        return build_path("artifacts", self.id, "content")


def list_items(archive: Archive, uid: str, step: str | None = None) -> list[Object]:
    """The artifacts of a Run, or of one of its steps, as the archive says them."""
    items = _list_pages(archive, uid)
    return [item for item in items if step in {None, item["step"], get_step_name(item["step"])}]


def build_artifact(item: Object) -> Artifact:
    """An artifact from what the archive says of it."""
    values: dict[str, Any] = {name: item[name] for name in Artifact.__dataclass_fields__}
    return Artifact(**values)


def choose_artifacts(artifacts: Sequence[Artifact], wanted: str, attempt: int | None) -> list[Artifact]:
    """Those of a name, of one step where it stands before the name, or of an id: of the last attempt that has any.

    Raises MistakeError where there is none.
    """
    step, _, name = wanted.rpartition("/")
    meant = [
        artifact
        for artifact in artifacts
        if artifact.id == wanted
        or (artifact.name == name and step in {"", artifact.step, get_step_name(artifact.step)})
    ]
    last = {artifact.step: artifact.attempt for artifact in sorted(meant, key=lambda each: each.attempt)}
    chosen = [artifact for artifact in meant if artifact.attempt == (attempt or last[artifact.step])]
    if not chosen:
        raise MistakeError(_explain_absence(artifacts, wanted, attempt if meant else None))
    return chosen


def _explain_absence(artifacts: Sequence[Artifact], wanted: str, attempt: int | None) -> str:
    if attempt is not None:
        return f"attempt {attempt} has no artifact {wanted!r}"
    names = sorted({artifact.full_name for artifact in artifacts} | {artifact.name for artifact in artifacts})
    full = sorted({artifact.full_name for artifact in artifacts})
    hint = suggest(wanted, names) or f"; there are: {', '.join(full) or 'none'}"
    return f"there is no artifact {wanted!r}{hint}"


def _list_pages(archive: Archive, uid: str) -> Iterator[Object]:
    parameters: dict[str, str] = {}
    while True:
        page = archive.get(build_path("runs", uid, "artifacts"), parameters)
        yield from page["items"]
        if not page.get("next"):
            return
        parameters["cursor"] = page["next"]
