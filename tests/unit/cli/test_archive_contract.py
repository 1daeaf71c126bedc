"""The plugin and the archive's own HTTP interface, over a real socket: each understands the other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from longshore.archive.http import artifacts
from longshore.cli.archives.artifacts import Artifact, build_artifact, choose_artifacts, list_items
from longshore.cli.archives.clients import Archive
from longshore.cli.archives.downloads import fetch_file
from longshore.cli.archives.folders import fetch_folder
from longshore.errors import NotFoundError
from support.archives import artifacts as keepers
from support.archives.http import run_site

DECLARED = keepers.declare(
    keepers.build_artifact("out/**", "out"), keepers.build_artifact("site", "site", kind="dir")
)
CONTENT = bytes(range(256)) * 1000
SITE = {"site/b.html": b"<p>", "site/a/ünï ☃.css": b"p{}", f"site/{'d' * 120}": b"long", "site/empty": b""}


@dataclass
class OpenGate:
    """A way to a server of this process."""

    url: str
    is_open: bool = True

    def open(self) -> httpx2.Client:
        """A client of it."""
        return httpx2.Client(base_url=self.url, trust_env=False)

    def close(self) -> None:
        """There is nothing to close."""


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    """An archive with a file and a folder of a Run, as through a tunnel."""
    async with keepers.open_keeper(tmp_path / "kept", max_bytes=10**6) as keeper:
        for path, content in {"out/a.bin": CONTENT, **SITE}.items():
            await keeper.send(path, content, DECLARED)
        assert await keeper.intake.complete(keepers.KEY, [], {}) == []
        assert (await keeper.seal(DECLARED)).artifacts == "Stored"
        async with run_site(artifacts.build_router(keeper.shelf, keeper.journal)) as site:
            archive = Archive(OpenGate(site.local))
            yield archive
            archive.close()


def choose(archive: Archive, name: str) -> Artifact:
    [chosen] = choose_artifacts([build_artifact(item) for item in list_items(archive, "run")], name, None)
    return chosen


async def call(work: Callable[[], None]) -> None:
    """The plugin blocks, and the server is of this thread."""
    await asyncio.to_thread(work)


async def test_a_file_arrives(archive: Archive, tmp_path: Path) -> None:
    def work() -> None:
        chosen = choose(archive, "build/out")
        (tmp_path / f".{chosen.sha256[:16]}.part").write_bytes(CONTENT[:1000])
        fetch_file(archive, chosen, tmp_path / "a.bin", moved.append)

    moved: list[int] = []
    await call(work)
    assert sha256((tmp_path / "a.bin").read_bytes()).digest() == sha256(CONTENT).digest()
    assert (moved[0], sum(moved)) == (1000, len(CONTENT))


async def test_a_folder_arrives(archive: Archive, tmp_path: Path) -> None:
    await call(lambda: fetch_folder(archive, choose(archive, "site"), tmp_path / "site", lambda _: None))
    found = {str(path.relative_to(tmp_path)): path for path in (tmp_path / "site").rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in found.items()} == SITE


async def test_a_run_that_it_does_not_know(archive: Archive) -> None:
    def work() -> None:
        with pytest.raises(NotFoundError, match="no Run 'x' is known here"):
            list_items(archive, "x")

    await call(work)
