"""Packed directories: what comes back, and what never gets out."""

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longshore.api.steps import Artifact
from longshore.archive.artifacts import selections
from longshore_runner import tars
from longshore_runner.globs import is_declared
from longshore_runner.tars import pack, unpack


def build(*members: tuple[str, dict[str, Any], bytes]) -> io.BytesIO:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, fields, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            for field, value in fields.items():
                setattr(entry, field, value)
            tar.addfile(entry, io.BytesIO(content))
    made.seek(0)
    return made


def link(name: str, target: str) -> tuple[str, dict[str, Any], bytes]:
    return name, {"type": tarfile.SYMTYPE, "linkname": target}, b""


def test_a_folder_comes_back_as_it_was(tmp_path: Path) -> None:
    source, target, packed = tmp_path / "a", tmp_path / "b", io.BytesIO()
    (source / "x/y").mkdir(parents=True)
    (source / "x/run").write_bytes(b"#!/bin/sh")
    (source / "x/run").chmod(0o755)
    (source / "x/y/link").symlink_to("../run")
    (source / "out").symlink_to("/etc/passwd")
    target.mkdir()
    pack(packed, source, ".")
    packed.seek(0)
    unpack(packed, target, "in/side")
    assert (target / "in/side/x/run").stat().st_mode & 0o777 == 0o755
    assert (target / "in/side/x/y/link").read_bytes() == b"#!/bin/sh"
    assert not (target / "in/side/out").is_symlink(), "a link that leads out is not taken"


EVIL = {
    "up": [("../evil", {}, b"x")],
    "through a link": [link("d", "."), ("d/../../evil", {}, b"x")],
}


@pytest.mark.parametrize("members", EVIL.values(), ids=EVIL)
def test_nothing_is_written_outside(tmp_path: Path, members: list[Any]) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(OSError, match="leads out"):
        unpack(build(*members), root, ".")
    assert [path.name for path in tmp_path.iterdir()] == ["root"]


def test_an_absolute_name_is_taken_as_one_within(tmp_path: Path) -> None:
    unpack(build(("/etc/evil", {}, b"x")), tmp_path, ".")
    assert (tmp_path / "etc/evil").read_bytes() == b"x"


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root, outside):
        folder.mkdir()
    (root / "here").symlink_to(outside)
    with pytest.raises(OSError, match="Not a directory"):
        unpack(build(("here/file", {}, b"x")), root, ".")
    assert list(outside.iterdir()) == []


LINKS = [("a", "/etc"), ("a", ".."), ("x/a", "../../b"), ("x/a", "b/../../../c"), ("a", "l/../../x")]


@pytest.mark.parametrize(("name", "target"), LINKS)
def test_links_that_lead_out_are_left_out(tmp_path: Path, name: str, target: str) -> None:
    unpack(build(link(name, target)), tmp_path, ".")
    assert not (tmp_path / name).is_symlink()


def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    unpack(
        build(("fifo", {"type": tarfile.FIFOTYPE}, b""), ("hard", {"type": tarfile.LNKTYPE}, b"")), tmp_path, "."
    )
    assert list(tmp_path.iterdir()) == []


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match="too many"):
        unpack(build(("zeros", {}, bytes(2000))), tmp_path, ".")
    assert not (tmp_path / "zeros").exists()


@pytest.mark.parametrize("content", [b"", b"no tar", b"\x1f\x8b\x08\x00broken"])
def test_damage_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises((ValueError, OSError)):
        unpack(io.BytesIO(content), tmp_path, ".")


NAMES = st.lists(st.sampled_from(["a", "b", "a.xml", ".x", "out"]), min_size=1, max_size=4).map("/".join)
GLOBS = st.lists(st.sampled_from(["**", "*", "a*", "out", "?", "[ab]", "*.xml", "."]), min_size=1, max_size=4)


@given(path=NAMES, glob=GLOBS.map("/".join), kind=st.sampled_from(["file", "dir", "junit"]))
def test_the_runner_means_by_a_path_what_the_archive_means(path: str, glob: str, kind: str) -> None:
    artifact = Artifact.model_validate({"name": "x", "path": glob, "kind": kind})
    assert is_declared(path, [artifact.to_json() | {"kind": kind}]) == selections.is_declared(path, [artifact])
