"""Artifacts, for random trees, random declarations, and uploads that break and go on as they like."""

import asyncio
import random
import tarfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.api.archives import PodArtifacts, Transport
from longshore.archive.artifacts import uploads
from longshore.archive.artifacts.bundles import pack
from longshore.archive.artifacts.paths import explain_path
from longshore.archive.artifacts.selections import File, is_declared, select_artifacts
from longshore.errors import OffsetError, UploadError
from longshore.planning.acceptance.globs import explain_glob, is_match, read_glob, split_path
from support.archives.artifacts import (
    KEY,
    Keeper,
    build_artifact,
    build_upload,
    declare,
    list_tree,
    open_keeper,
    stream,
    write_tree,
)

NAMES = st.sampled_from(["a", "b", "ab", "c.xml", ".h", "Ä b"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
GLOB_NAMES = st.sampled_from(["a", "*", "**", "?", "*.xml", "[ab]*", "[!a]", "b"])
GLOBS = st.lists(GLOB_NAMES, min_size=1, max_size=4).map("/".join)
CONTENTS = st.binary(max_size=30)


def list_files(paths: list[str]) -> list[str]:
    """Of these paths those that can be files at once: none is the folder of another."""
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    return sorted({path for path in paths if path not in folders})


TREES = st.lists(PATHS, max_size=8).map(list_files)
FILLED = TREES.flatmap(lambda paths: st.fixed_dictionaries(dict.fromkeys(paths, CONTENTS)))
DECLARED = st.lists(
    st.tuples(GLOBS, st.sampled_from(["file", "dir"])).map(lambda pair: build_artifact(pair[0], kind=pair[1])),
    min_size=1,
    max_size=3,
)


@given(glob=GLOBS, path=PATHS)
def test_a_match_is_what_trying_all_ways_finds(glob: str, path: str) -> None:
    def try_all(globs: tuple[str, ...], parts: tuple[str, ...]) -> bool:
        if not globs:
            return not parts
        if globs[0] == "**":
            return any(try_all(globs[1:], parts[skipped:]) for skipped in range(len(parts) + 1))
        return bool(parts) and is_match(globs[:1], parts[:1]) and try_all(globs[1:], parts[1:])

    assert is_match(read_glob(glob), split_path(path)) == try_all(read_glob(glob), split_path(path))


@given(path=st.text(max_size=40), kind=st.sampled_from(["file", "dir"]))
def test_explanations_are_total_and_what_is_right_stays_within(path: str, kind: str) -> None:
    if not explain_path(path):
        at = PurePosixPath("/folder") / path
        assert at.is_relative_to("/folder")
        assert ".." not in at.parts
        assert "\x00" not in path
    if not explain_glob(path, kind):
        assert ".." not in read_glob(path)


@given(paths=TREES, declared=DECLARED)
def test_each_selected_file_is_declared_and_each_declared_one_selected(paths: list[str], declared: list) -> None:  # type: ignore[type-arg]
    found = select_artifacts(paths, declared)
    members = {path for selection in found for path in selection.members}
    assert members == {path for path in paths if is_declared(path, declared)}
    assert all(selection.members for selection in found)
    for artifact in declared:
        mine = [path for each in found if each.declared is artifact for path in each.members]
        assert len(mine) == len(set(mine))


@given(files=FILLED)
def test_a_tar_holds_what_it_was_made_of_and_is_the_same_in_any_order(files: dict[str, bytes]) -> None:
    entries = [File(path, len(content), "", len(content) % 2 == 0) for path, content in files.items()]

    def make(order: list[File]) -> bytes:
        return b"".join(pack(order, "", lambda file: BytesIO(files[file.path])))

    packed = make(entries)
    assert packed == make(entries[::-1])
    with tarfile.open(fileobj=BytesIO(packed), mode="r:gz") as tar:
        members = {member.name: member for member in tar}
        assert {name: tar.extractfile(member).read() for name, member in members.items()} == files  # type: ignore[union-attr]
        assert all(bool(member.mode & 0o100) == (member.size % 2 == 0) for member in members.values())


@given(files=FILLED, declared=DECLARED)
@settings(max_examples=15, deadline=None)
def test_both_transports_say_and_list_the_same(files: dict[str, bytes], declared: list) -> None:  # type: ignore[type-arg]
    async def leave(keeper: Keeper, transport: Transport) -> object:
        mine = declare(*declared, transport=transport)
        if transport == "Mount":
            write_tree(keeper.holdings.get_folder(KEY, "Mount"), files)
        for path, content in files.items() if transport == "HTTP" else ():
            await send(keeper, path, content, mine)
        await keeper.intake.complete(KEY, [], {})
        archived = await keeper.seal(mine)
        listed = await keeper.list_all()
        return archived.artifacts, archived.missing, listed, [await keeper.read(each) for each in listed]

    async def send(keeper: Keeper, path: str, content: bytes, mine: PodArtifacts) -> None:
        try:
            await keeper.send(path, content, mine)
        except UploadError:
            assert not is_declared(path, declared)

    assert run(lambda keeper: leave(keeper, "HTTP")) == run(lambda keeper: leave(keeper, "Mount"))


@given(content=st.binary(max_size=200), seed=st.integers(0, 2**32), ends=st.booleans())
@settings(max_examples=20, deadline=None)
def test_an_upload_that_breaks_anywhere_ends_whole_or_unseen(content: bytes, seed: int, ends: bool) -> None:  # noqa: FBT001
    async def act(root: Path) -> None:
        chance, declared = random.Random(seed), declare(build_artifact("**"))  # noqa: S311
        upload, here = build_upload("a/b", content, declared), -1
        while here < len(content) and (ends or chance.random() < 0.8):
            # A restart between any two.
            async with open_keeper(root) as keeper:
                here = await keeper.intake.measure(upload)
                offset = chance.randint(0, min(here + 2, len(content)))
                end = chance.randint(offset, len(content))
                with suppress(OffsetError):
                    got = await keeper.intake.receive(upload, offset, stream(content[offset:end]))
                    assert (got == len(content)) == (await keeper.intake.measure(upload) == len(content))
        async with open_keeper(root) as keeper:
            missing = await keeper.intake.complete(KEY, [upload.file], {})
            archived, listed = await keeper.seal(declared), await keeper.list_all()
            assert [await keeper.read(each) for each in listed] == ([] if missing else [content])
            assert archived.artifacts == ("Lost" if missing else "Stored")
            whole = set() if missing else {f"uid/build/1/{sha256(content).hexdigest()}"}
            assert list_tree(root / "archive" / "artifacts") == whole
            assert list_tree(root / "archive" / "uploads") == set()

    with TemporaryDirectory() as root:
        uploads.CHUNK = 7
        try:
            asyncio.run(act(Path(root)))
        finally:
            uploads.CHUNK = 2**20


def run(act: Callable[[Keeper], Awaitable[object]]) -> object:
    """Do it in a folder of its own."""

    async def do(root: Path) -> object:
        async with open_keeper(root) as keeper:
            return await act(keeper)

    with TemporaryDirectory() as root:
        return asyncio.run(do(Path(root)))
