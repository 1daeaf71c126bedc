"""The programs in a step's pod and the archive meet: what one sends and tells, the other takes and gives."""

import asyncio
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from longshore.api.archives import Input, PodArtifacts
from longshore.archive.artifacts.selections import is_declared
from longshore.archive.http import inputs, uploads
from longshore.archive.places import AttemptKey
from longshore_runner import globs
from longshore_runner.archives import Archive, read_archive
from longshore_runner.downloads import fetch_inputs
from longshore_runner.uploads import Upload
from support.archives.artifacts import KEY, build_artifact, declare, list_tree, open_keeper, show, write_tree
from support.archives.declarations import FakeDeclarations
from support.archives.http import FakeReviewer, Site, run_site

USER = AttemptKey("uid", "test[3]", 2)
ARTIFACTS = (build_artifact("out/**", "out"), build_artifact("site", "site", kind="dir"))
SOURCE = Input.model_validate({"step": "build", "index": 0, "runUid": "uid", "path": "build", "attempt": 1})
FILES = {"out/a ü#?.bin": bytes(300_000), "out/empty": b"", "site/x/y%41.html": b"<p>", "other": b"not declared"}


PODS = FakeDeclarations({KEY: declare(*ARTIFACTS), USER: PodArtifacts(transport="HTTP", inputs=[SOURCE])})


def reach(site: Site, key: AttemptKey, token: str, folder: Path) -> Archive:
    """The archive as the pod of an attempt reaches it."""
    file = folder / f"token-{key.number}"
    file.write_text(token)
    return read_archive(
        {
            "LONGSHORE_ARCHIVE": site.service,
            "LONGSHORE_TOKEN": str(file),
            "LONGSHORE_RUN_UID": key.run_uid,
            "LONGSHORE_STEP": key.step,
            "LONGSHORE_ATTEMPT": str(key.number),
        }
    )


async def test_files_go_from_one_step_to_the_next(tmp_path: Path) -> None:
    left, found, reviewer = tmp_path / "left", tmp_path / "found", FakeReviewer()
    write_tree(left, FILES)
    (left / "out/run").write_bytes(b"#!")
    (left / "out/run").chmod(0o755)
    (left / "out/bad\nname").write_bytes(b"")
    (left / "out/link").symlink_to("/etc/passwd")
    found.mkdir()
    async with open_keeper(tmp_path) as keeper:
        routers = uploads.build_router(keeper.intake, PODS), inputs.build_router(keeper.shelf, PODS)
        async with run_site(*routers, reviewer=reviewer) as site:
            sender = reach(site, KEY, reviewer.add_step(KEY), tmp_path)
            fetcher = reach(site, USER, reviewer.add_step(USER), tmp_path)
            declared = [artifact.model_dump(mode="json") for artifact in ARTIFACTS]
            upload, deadline = Upload(sender, left, declared), time.monotonic() + 60
            await asyncio.to_thread(upload.send_settled)
            await asyncio.to_thread(upload.send_settled)
            await asyncio.to_thread(upload.finish, deadline)
            assert time.monotonic() < deadline - 40
            archived = await keeper.seal(declare(*ARTIFACTS))
            assert (archived.artifacts, archived.missing) == ("Lost", ["out"])
            assert archived.message == r"'out/bad\nname' holds a backslash or a control character; rename the file"
            listed = await keeper.list_all()
            sizes = [("out", "out/a ü#?.bin", 300_000), ("out", "out/empty", 0), ("out", "out/run", 2)]
            assert show(listed) == [*sizes, ("site", "site", 3)]
            await asyncio.to_thread(fetch_inputs, fetcher, found, ["build/0"], deadline)
    assert {path: (found / "build/0" / path).read_bytes() for path in list_tree(found / "build/0")} == {
        **{path: content for path, content in FILES.items() if path != "other"},
        "out/run": b"#!",
    }
    assert (found / "build/0/out/run").stat().st_mode & 0o111
    assert not (found / "build/0/out/empty").stat().st_mode & 0o111


NAMES = st.sampled_from(["a", "b", "*", "**", "?", "[ab]", ".h", "a.xml", "*.xml", "."])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(path=PATHS, glob=PATHS, kind=st.sampled_from(["file", "dir", "junit"]))
def test_both_mean_the_same_by_a_path(path: str, glob: str, kind: str) -> None:
    declared = [build_artifact(glob, kind=kind)]
    assert globs.is_declared(path, [{"path": glob, "kind": kind}]) == is_declared(path, declared)
