"""What files of artifacts may be called, and which file is of which artifact."""

import pytest
from longshore.api.steps import Artifact
from longshore.archive.artifacts.paths import explain_path
from longshore.archive.artifacts.selections import (
    File,
    digest_folder,
    find_missing,
    is_declared,
    select_artifacts,
)

PATHS = ["a.xml", "b.xml", "site/index.html", "site/css/a.css", "site/css/b.css", "docs/css/c.css"]


@pytest.mark.parametrize(
    "path", ["a", "out/a b.xml", "...", "..a/b", "ünïcode/文件", "-rf", "a" * 255, "👩‍💻.txt"]
)
def test_these_names_are_taken(path: str) -> None:
    assert explain_path(path) == ""


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "is not relative"),
        ("/etc/passwd", "is not relative"),
        ("../a", "is not relative"),
        ("a/../../b", "is not relative"),
        ("a//b", "is not relative"),
        ("./a", "is not relative"),
        ("a/", "is not relative"),
        ("a\\..\\b", "a backslash"),
        ("a\nb", "control character"),
        ("a\0", "control character"),
        ("\x1b[2J", "control character"),
        ("a\x7f", "control character"),
        ("a\u0085", "control character"),
        ("gpj.\u202eexe", "control character"),
        ("a\udcff", "control character"),
        ("u\u0308", "NFC"),
        ("a" * 256, "too long"),
        ("é" * 128, "too long"),
        ("/".join("a" * 65), "too long"),
        ("/".join(["a" * 200] * 6), "too long"),
    ],
)
def test_these_are_refused_with_a_remedy(path: str, message: str) -> None:
    assert message in explain_path(path)


def artifact(path: str, **fields: object) -> Artifact:
    return Artifact.model_validate({"name": "it", "path": path, **fields})


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (artifact("a.xml"), {"a.xml": 1}),
        (artifact("*.xml", kind="junit"), {"a.xml": 1, "b.xml": 1}),
        (artifact("**/*.css"), {"site/css/a.css": 1, "site/css/b.css": 1, "docs/css/c.css": 1}),
        (artifact("site"), {}),
        (artifact("site", kind="dir"), {"site": 3}),
        (artifact("./site/", kind="dir"), {"site": 3}),
        (artifact("*", kind="dir"), {"site": 3, "docs": 1}),
        (artifact("**", kind="dir"), {"site": 3, "docs": 1}),
        (artifact("**/css", kind="dir"), {"site/css": 2, "docs/css": 1}),
        (artifact(".", kind="dir"), {"": 6}),
        (artifact("a.xml", kind="dir"), {}),
        (artifact("A.xml"), {}),
    ],
)
def test_a_declaration_selects(declared: Artifact, expected: dict[str, int]) -> None:
    found = select_artifacts(reversed(PATHS), [declared])
    assert {selection.path: len(selection.members) for selection in found} == expected
    assert find_missing(found, [declared]) == ([] if expected else ["it"])
    of_it = [path for path in PATHS if is_declared(path, [declared])]
    assert of_it == sorted({path for selection in found for path in selection.members}, key=PATHS.index)


def test_what_is_optional_is_never_missing() -> None:
    assert find_missing([], [artifact("a", optional=True)]) == []


def test_the_digest_of_a_folder_is_that_of_what_sha256sum_prints() -> None:
    files = [File("site/b", 1, "bb" * 32), File("site/a/c", 1, "cc" * 32)]
    # printf '%s  a/c\n%s  b\n' cccc... bbbb... | sha256sum
    assert digest_folder(files, "site") == "4c19296b4de61378ee1b0881bb2c48ccb25bbdec45db2c443dee41f34de52093"
    assert digest_folder(reversed(files), "site") == digest_folder(files, "site")
