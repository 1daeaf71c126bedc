"""What declared paths mean: each row was compared with bash's globstar, where bash has an opinion."""

import pytest
from longshore.planning.acceptance.globs import explain_glob, is_match, read_glob, split_path


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("a.xml", "a.xml"),
        ("./a.xml", "a.xml"),
        ("out//a.xml", "out/a.xml"),
        ("*.xml", "a.xml"),
        ("*", ".hidden"),
        ("out/*.xml", "out/.xml"),
        ("?.txt", "é.txt"),
        ("[ab].txt", "b.txt"),
        ("[!ab].txt", "c.txt"),
        ("[.txt", "[.txt"),
        ("**", "a"),
        ("**", "a/b/c"),
        ("**/*.xml", "a.xml"),
        ("**/*.xml", "x/y/a.xml"),
        ("out/**", "out/a"),
        ("out/**/", "out/a/b"),
        ("out/**/a", "out/a"),
        ("a/**/b/**/c", "a/x/b/y/b/z/c"),
        ("**/**/**/a", "a"),
        ("a**b", "axxb"),
    ],
)
def test_these_match(glob: str, path: str) -> None:
    assert is_match(read_glob(glob), split_path(path))


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("a.xml", "A.xml"),
        ("*.xml", "out/a.xml"),
        ("out/*", "out/a/b"),
        ("out/**", "out"),
        ("**/a", "a/b"),
        ("a/**/b", "a/c"),
        ("?", ""),
        ("[!ab].txt", "a.txt"),
        ("[a/b]", "a/b"),
        ("a**b", "a/b"),
        ("", "a"),
    ],
)
def test_these_do_not(glob: str, path: str) -> None:
    assert not is_match(read_glob(glob), split_path(path))


@pytest.mark.timeout(5)
def test_no_glob_takes_long() -> None:
    glob, path = "/".join(["**", "*a*a*a*a*a*a*b"] * 30), "/".join(["a" * 60] * 60)
    assert not is_match(read_glob(glob), split_path(path))


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("/etc/passwd", "file", "is absolute"),
        ("../a", "file", "leads out"),
        ("a/../b", "dir", "leads out"),
        ("a\\b", "file", "a backslash"),
        ("a\nb", "file", "can't be seen"),
        ("a\0", "file", "can't be seen"),
        (".", "file", "is the folder itself"),
        ("./", "junit", "is the folder itself"),
    ],
)
def test_a_mistake_is_explained(path: str, kind: str, message: str) -> None:
    assert message in explain_glob(path, kind)


@pytest.mark.parametrize(
    ("path", "kind"), [("out/**/*.xml", "junit"), (".", "dir"), ("..a", "file"), ("a b", "file")]
)
def test_what_is_right_is_not(path: str, kind: str) -> None:
    assert explain_glob(path, kind) == ""
