"""Tables: what the SOURCE_ variables say, and what is refused before git sees it."""

from pathlib import Path

import pytest
from longshore_runner.errors import SourceError
from longshore_runner.sources import Source, protocol_of, read_source

WELL = {"SOURCE_URL": "https://git.example/team/project.git", "SOURCE_PATH": "/workspace/source"}


def test_everything_said() -> None:
    variables = {
        "SOURCE_URL": "ssh://git@git.example:2222/project.git",
        "SOURCE_REVISION": "release/1.0",
        "SOURCE_DEPTH": "10",
        "SOURCE_SUBMODULES": "true",
        "SOURCE_PATH": "/workspace/source",
        "SOURCE_CREDENTIALS": "/credentials",
    }
    assert read_source(variables) == Source(
        url="ssh://git@git.example:2222/project.git",
        protocol="ssh",
        revision="release/1.0",
        depth=10,
        submodules=True,
        path=Path("/workspace/source"),
        credentials=Path("/credentials"),
    )


def test_only_what_must_be_said() -> None:
    source = read_source(WELL | {"SOURCE_DEPTH": "", "SOURCE_SUBMODULES": "", "SOURCE_CREDENTIALS": ""})
    assert source == read_source(WELL)
    assert (source.revision, source.depth, source.submodules, source.credentials) == ("", 0, False, None)


@pytest.mark.parametrize(
    ("url", "protocol"),
    [
        ("https://git.example/project.git", "https"),
        ("HTTPS://git.example/project.git", "https"),
        ("https://git.example/@team/project.git", "https"),
        ("http://10.0.0.1:3000/project", "http"),
        ("ssh://git@git.example/project.git", "ssh"),
        ("git@git.example:team/project.git", "ssh"),
        ("[git@git.example:2222]:project.git", "ssh"),
        ("git://git.example/project.git", "git"),
    ],
)
def test_good_url(url: str, protocol: str) -> None:
    assert read_source(WELL | {"SOURCE_URL": url}).protocol == protocol


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "is empty"),
        ("--upload-pack=touch /tmp/x", "starts with a hyphen"),
        ("-oProxyCommand=x", "starts with a hyphen"),
        ("https://git.example/a b", "blank or control character"),
        ("https://git.example/\n[core]", "blank or control character"),
        ("https://me:hunter2@git.example/project.git", "has a user name or password in it"),
        ("https://hunter2@git.example/project.git", "has a user name or password in it"),
        ("HTTP://a@b:hunter2@git.example/project.git", "has a user name or password in it"),
        ("ssh://git:hunter2@git.example/project.git", "has a user name or password in it"),
        ("ssh://git:hunter2/x@git.example/project.git", "no valid host and port"),
        ("https://[git.example/project.git", "no valid host and port"),
        ("file:///etc", "the protocol file, which is not allowed. Use one of http, https, ssh, git."),
        ("/etc", "the protocol file, which"),
        ("../project", "the protocol file, which"),
        ("ext::sh -c id", "blank or control character"),
        ("ext::id", "the protocol ext, which"),
        ("ftp://git.example/project.git", "the protocol ftp, which"),
    ],
)
def test_bad_url(url: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_source(WELL | {"SOURCE_URL": url})
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["file:///srv/project.git", "/srv/project.git"])
def test_gits_own_variable_allows_more(url: str) -> None:
    assert read_source(WELL | {"SOURCE_URL": url, "GIT_ALLOW_PROTOCOL": "file:https"}).protocol == "file"


@pytest.mark.parametrize(
    "revision", ["main", "a/b", "v1.0", "0abc", "refs/pull/1/head", "with-hyphen", "ünï", "@"]
)
def test_good_revision(revision: str) -> None:
    assert read_source(WELL | {"SOURCE_REVISION": revision}).revision == revision


@pytest.mark.parametrize(
    "revision",
    [
        "-x",
        "--upload-pack=id",
        "main:evil",
        "main~1",
        "HEAD^",
        "a..b",
        "@{1}",
        "a b",
        "a*",
        "a?",
        "[a]",
        "a\nb",
        "\\",
    ],
)
def test_bad_revision(revision: str) -> None:
    with pytest.raises(SourceError, match=r"cannot be the name of .* Set it to a branch, a tag or"):
        read_source(WELL | {"SOURCE_REVISION": revision})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SOURCE_DEPTH", "-1", "source.git.depth '-1' is no count of commits"),
        ("SOURCE_DEPTH", "one", "source.git.depth 'one' is no count of commits"),
        ("SOURCE_DEPTH", "1_0", "source.git.depth '1_0' is no count of commits"),
        ("SOURCE_SUBMODULES", "yes", "source.git.submodules 'yes' is no boolean"),
        ("SOURCE_PATH", "", "SOURCE_PATH '' is no absolute path"),
        ("SOURCE_PATH", "source", "SOURCE_PATH 'source' is no absolute path"),
        ("SOURCE_PATH", "/", "SOURCE_PATH '/' is no absolute path of a folder below the root"),
        ("SOURCE_PATH", "/a/../..", "SOURCE_PATH '/a/../..' is no absolute path"),
    ],
)
def test_bad_value(name: str, value: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_source(WELL | {name: value})
    assert message in str(caught.value)


@pytest.mark.parametrize(("url", "protocol"), [("c:/project", "ssh"), ("project", "file"), ("a/b:c", "file")])
def test_protocol_is_what_git_would_take(url: str, protocol: str) -> None:
    assert protocol_of(url) == protocol
