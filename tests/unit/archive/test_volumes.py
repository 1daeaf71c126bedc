"""Whether volumes can be written is said by the claim's name, with the remedy."""

import errno
import os
import tempfile
from pathlib import Path

import pytest
from longshore.archive.settings import ArchiveSettings
from longshore.archive.volumes import find_volume_problem


def test_volumes_that_can_be_written_are_no_problem(tmp_path: Path) -> None:
    assert find_volume_problem(ArchiveSettings(namespace="n", data=tmp_path, artifacts=tmp_path)) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_volume_that_is_not_there_is_named(tmp_path: Path) -> None:
    problem = find_volume_problem(ArchiveSettings(namespace="n", data=tmp_path, artifacts=tmp_path / "none"))
    assert problem == "the volume of claim artifacts can't be written by user 1000: No such file or directory"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EACCES, "Permission denied; annotate the namespace longshore.dev/archive=volumePermissions=true"),
        (errno.EROFS, "Read-only file system"),
        (errno.ENOSPC, ""),
    ],
)
def test_what_a_failure_comes_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: str
) -> None:
    def fail(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", fail)
    problem = find_volume_problem(ArchiveSettings(namespace="n", data=tmp_path))
    assert problem == (expected and f"the volume of claim archive can't be written by user 1000: {expected}")
