"""Checkouts over HTTP: every kind of revision, depth, submodules, passwords, and a bad network."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.checkout.pods import Pod
from integration.checkout.repositories import Repositories, git
from integration.checkout.servers import Behaviour, GitServer, serve_http

PASSWORD = "p@ss:w/rd%20 ü"
REVISIONS = {
    "": "main",
    "main": "main",
    "feature/x": "feature",
    "refs/heads/feature/x": "feature",
    "v1": "tag",
    "refs/pull/1/head": "hidden",
}


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour()


@pytest.fixture
def server(repositories: Repositories, behaviour: Behaviour) -> Iterator[GitServer]:
    with serve_http(repositories.root, behaviour) as server:
        yield server


def history(pod: Pod) -> int:
    return int(git(pod.checkout, "rev-list", "--count", "HEAD"))


@pytest.mark.parametrize("depth", ["0", "1"])
@pytest.mark.parametrize("revision", REVISIONS)
def test_names(pod: Pod, server: GitServer, repositories: Repositories, revision: str, depth: str) -> None:
    outcome = pod.run(f"{server.url}/project.git", SOURCE_REVISION=revision, SOURCE_DEPTH=depth)
    expected = repositories.commits[REVISIONS[revision]]
    assert outcome.commit == expected == git(pod.checkout, "rev-parse", "HEAD")
    assert f"Checked out {expected} Add " in outcome.stdout
    assert (history(pod) == 1) == (depth == "1")


@pytest.mark.parametrize(
    "case",  # digits, depth, the server's protocol, commits fetched
    [
        (40, "1", 2, 1),
        (40, "0", 2, 2),
        (40, "0", 0, 2),
        (40, "1", 0, 2),  # an old server serves no single commit
        (7, "1", 2, 2),  # no server finds a commit by a few of its digits
        (7, "0", 0, 2),
    ],
)
def test_commits(pod: Pod, server: GitServer, case: tuple[int, str, int, int]) -> None:
    digits, depth, server.behaviour.protocol, fetched = case
    commit = git(server.root / "project.git", "rev-parse", "v1^{commit}")
    outcome = pod.run(f"{server.url}/project.git", SOURCE_REVISION=commit[:digits].upper(), SOURCE_DEPTH=depth)
    assert outcome.commit == commit
    assert history(pod) == fetched


def test_commit_of_no_branch(pod: Pod, server: GitServer, repositories: Repositories) -> None:
    outcome = pod.run(f"{server.url}/project.git", SOURCE_REVISION=repositories.commits["hidden"])
    assert outcome.commit == repositories.commits["hidden"]


def test_checkout_is_what_clone_makes(pod: Pod, server: GitServer) -> None:
    assert pod.run(f"{server.url}/project.git").code == 0
    assert git(pod.checkout, "status", "--porcelain") == ""
    assert git(pod.checkout, "remote", "get-url", "origin") == f"{server.url}/project.git"
    assert git(pod.checkout, "describe", "--tags").startswith("v1-1-")
    assert (pod.checkout / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (pod.checkout / "link").readlink() == Path("first.txt")
    assert list(pod.home.iterdir()) == []


@pytest.mark.parametrize("revision", ["nope", "deadbeef", "0123456789" * 4, "refs/heads/nope"])
@pytest.mark.parametrize("depth", ["0", "1"])
def test_unknown_revision(pod: Pod, server: GitServer, revision: str, depth: str) -> None:
    outcome = pod.run(f"{server.url}/project.git", SOURCE_REVISION=revision, SOURCE_DEPTH=depth)
    assert outcome.code == 1
    assert outcome.message == (
        f"Revision '{revision}' is unknown: {server.url}/project.git has no such branch, tag or commit. Push it,"
        f" or set source.git.revision to a name that git ls-remote {server.url}/project.git shows."
    )
    assert outcome.stderr == f"{outcome.message}\n"


@pytest.mark.parametrize(
    ("repository", "message"),
    [
        ("missing.git", "There is no git repository at"),
        ("empty.git", "has no default branch: it is empty"),
    ],
)
def test_no_repository(pod: Pod, server: GitServer, repository: str, message: str) -> None:
    outcome = pod.run(f"{server.url}/{repository}")
    assert outcome.code == 1
    assert message in outcome.message


@pytest.mark.parametrize("protocol", [0, 2])
@pytest.mark.parametrize("depth", ["0", "1"])
@pytest.mark.parametrize("password", ["", PASSWORD])
def test_submodules(pod: Pod, server: GitServer, *, protocol: int, depth: str, password: str) -> None:
    server.behaviour.protocol, server.behaviour.password = protocol, password
    secret = pod.mount(username="reader", password=password) if password else {}
    outcome = pod.run(f"{server.url}/project.git", SOURCE_SUBMODULES="true", SOURCE_DEPTH=depth, **secret)
    assert outcome.code == 0, outcome.stderr
    library = pod.checkout / "modules/library"
    assert sorted(file.name for file in library.glob("*.txt")) == ["library.txt", "more.txt"]
    assert (library / "modules/nested/more.txt").read_text() == "more.txt\n"
    assert git(pod.checkout, "status", "--porcelain") == ""


def test_submodules_are_left_out(pod: Pod, server: GitServer) -> None:
    assert pod.run(f"{server.url}/project.git", SOURCE_SUBMODULES="false").code == 0
    assert list((pod.checkout / "modules/library").iterdir()) == []


def test_password_stays_with_its_server(pod: Pod, server: GitServer, repositories: Repositories) -> None:
    """A submodule may name any server: it must not be told the password."""
    server.behaviour.password = PASSWORD
    with serve_http(repositories.root, Behaviour(password="another")) as stranger:
        project = make_project(pod.folder / "root", f"{stranger.url}/library.git")
        server.root = project.parent
        secret = pod.mount(username="reader", password=PASSWORD)
        outcome = pod.run(f"{server.url}/{project.name}", SOURCE_SUBMODULES="true", **secret)
    assert outcome.code == 1
    assert outcome.message.startswith(
        f"Authentication failed at submodule modules/library of {server.url}/project.git."
    )
    assert set(stranger.behaviour.requests) == {""}


def make_project(root: Path, submodule: str) -> Path:
    """A bare repository whose submodule is at a URL."""
    root.mkdir()
    git(root, "init", "--quiet", "project")
    work = root / "project"
    (work / ".gitmodules").write_text(f'[submodule "library"]\npath = modules/library\nurl = {submodule}\n')
    git(work, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},modules/library")
    git(work, "add", ".gitmodules")
    git(work, "commit", "--quiet", "--message=Add a submodule")
    git(root, "clone", "--quiet", "--bare", "project", "project.git")
    return root / "project.git"


@pytest.mark.parametrize("end", ["", "\n"])
def test_password_leaves_no_trace(pod: Pod, server: GitServer, end: str) -> None:
    server.behaviour.password = PASSWORD
    trace = pod.folder / "trace"
    secret = pod.mount(username="reader", password=PASSWORD + end)
    outcome = pod.run(f"{server.url}/project.git", GIT_TRACE=str(trace), SOURCE_SUBMODULES="true", **secret)
    assert outcome.code == 0, outcome.stderr
    assert "run_command" in trace.read_text()
    assert list(pod.home.iterdir()) == []
    written = [file for file in pod.folder.rglob("*") if file.is_file() and "..data" not in file.parts]
    written = [file for file in written if file.parent.name != "secret"]
    texts = [outcome.stdout, outcome.stderr, *(file.read_bytes().decode(errors="replace") for file in written)]
    assert not [text for text in texts if PASSWORD in text or "p%40ss" in text]


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        ({}, "Authentication failed at {url}"),
        ({"username": "reader", "password": "wrong"}, "Authentication failed at {url}"),
        ({"username": "reader", "password": ""}, "lacks the key password, which the protocol https needs"),
        ({"username": "", "password": ""}, "holds no keys"),
        (
            {"ssh_privatekey": "key"},
            "lacks the key password, which the protocol https needs; it has ssh-privatekey.",
        ),
        ({"username": "reader", "password": "two\nlines"}, "holds a control character"),
    ],
)
def test_wrong_credentials(pod: Pod, server: GitServer, secret: dict[str, str], message: str) -> None:
    server.behaviour.password = PASSWORD
    outcome = pod.run(f"{server.url}/project.git", **(pod.mount(**secret) if secret else {}))
    assert outcome.code == 1
    assert message.format(url=f"{server.url}/project.git") in outcome.message
    assert not any(value in outcome.message for value in secret.values() if value not in {"", "reader", "key"})


def test_network_recovers(pod: Pod, server: GitServer, repositories: Repositories) -> None:
    server.behaviour.failures = 2
    outcome = pod.run(f"{server.url}/project.git")
    assert outcome.commit == repositories.commits["main"]
    assert outcome.stdout.count("trying again in") == 2


def test_nobody_listens(pod: Pod, repositories: Repositories) -> None:
    with serve_http(repositories.root, Behaviour()) as server:
        url = f"{server.url}/project.git"
    outcome = pod.run(url)
    assert outcome.code == 1
    assert outcome.message.startswith(f"The connection to {url} failed. Check that the server runs")


def test_silent_server(pod: Pod, server: GitServer) -> None:
    server.behaviour.silent = True
    outcome = pod.run(f"{server.url}/project.git", GIT_HTTP_LOW_SPEED_TIME="1")
    assert outcome.code == 1
    assert outcome.message.startswith(f"{server.url}/project.git did not answer in time.")


def test_cancel(pod: Pod, server: GitServer) -> None:
    server.behaviour.silent = True
    secret = pod.mount(username="reader", password=PASSWORD)
    with pod.start(f"{server.url}/project.git", secret) as process:
        assert server.behaviour.asked.wait(60)
        process.terminate()
        assert process.wait(10) == 128 + signal.SIGTERM
    assert list(pod.home.iterdir()) == []


def test_second_run_trusts_nothing(pod: Pod, server: GitServer, repositories: Repositories) -> None:
    """What an earlier step may have planted in a shared volume is neither run nor kept."""
    assert pod.run(f"{server.url}/project.git", SOURCE_REVISION="v1").code == 0
    proof = pod.folder / "hook-ran"
    for hook in ("post-checkout", "reference-transaction"):
        (pod.checkout / ".git/hooks" / hook).write_text(f"#!/bin/sh\ntouch {proof}\n")
        (pod.checkout / ".git/hooks" / hook).chmod(0o755)
    (pod.checkout / "left-over").symlink_to(pod.home)
    assert pod.run(f"{server.url}/project.git").commit == repositories.commits["main"]
    assert not proof.exists()
    assert not (pod.checkout / "left-over").is_symlink()
    assert pod.home.is_dir()


def test_local_files_need_leave(pod: Pod, repositories: Repositories) -> None:
    url = f"file://{repositories.root}/project.git"
    assert "uses the protocol file, which is not allowed" in pod.run(url).message
    assert pod.run(url, GIT_ALLOW_PROTOCOL="file").commit == repositories.commits["main"]


def test_submodule_of_a_forbidden_protocol(pod: Pod, server: GitServer, repositories: Repositories) -> None:
    server.root = make_project(pod.folder / "root", f"file://{repositories.root}/library.git").parent
    outcome = pod.run(f"{server.url}/project.git", SOURCE_SUBMODULES="true")
    assert outcome.message.startswith("The protocol of submodule modules/library of")
    assert not (pod.checkout / "modules/library/library.txt").exists()


def test_full_volume(pod: Pod, server: GitServer) -> None:
    outcome = pod.run(f"{server.url}/project.git", TERMINATION_MESSAGE_PATH="/dev/full")
    assert outcome.code == 1
    assert "No space left on device. Check the volumes" in outcome.stderr


def test_working_copy_is_usable(pod: Pod, server: GitServer) -> None:
    """A step can go on from here: fetch the rest, commit, switch."""
    assert pod.run(f"{server.url}/project.git", SOURCE_DEPTH="1").code == 0
    git(pod.checkout, "fetch", "--quiet", "--unshallow")
    git(pod.checkout, "switch", "--quiet", "feature/x")
    with pytest.raises(subprocess.CalledProcessError):
        git(pod.checkout, "switch", "--quiet", "nope")
