"""Checkouts over ssh: keys, host keys, and what is said when they are wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.checkout.pods import Pod
from integration.checkout.repositories import Repositories, git
from integration.checkout.servers import SshServer, make_key, serve_ssh


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with serve_ssh(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def url(server: SshServer, repositories: Repositories) -> str:
    return f"{server.url}{repositories.root}/project.git"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", ""])
def test_key(pod: Pod, server: SshServer, repositories: Repositories, url: str, line_end: str) -> None:
    key = server.private_key.rstrip("\n").replace("\n", line_end or "\n") + line_end
    secret = pod.mount(ssh_privatekey=key, known_hosts=server.known_hosts)
    outcome = pod.run(url, SOURCE_SUBMODULES="true", SOURCE_DEPTH="1", **secret)
    assert outcome.commit == repositories.commits["main"]
    assert "WARNING" not in outcome.stdout
    assert (pod.checkout / "modules/library/modules/nested/nested.txt").exists()


def test_old_commit(pod: Pod, server: SshServer, repositories: Repositories, url: str) -> None:
    secret = pod.mount(ssh_privatekey=server.private_key, known_hosts=server.known_hosts)
    outcome = pod.run(url, SOURCE_REVISION=repositories.commits["first"], SOURCE_DEPTH="1", **secret)
    assert outcome.commit == repositories.commits["first"]


def test_unverified_host(pod: Pod, server: SshServer, repositories: Repositories, url: str) -> None:
    outcome = pod.run(url, **pod.mount(ssh_privatekey=server.private_key))
    assert outcome.commit == repositories.commits["main"]
    assert "WARNING: the server's ssh host key is not verified" in outcome.stdout


def test_key_leaves_no_trace(pod: Pod, server: SshServer, url: str) -> None:
    secret = pod.mount(ssh_privatekey=server.private_key, known_hosts=server.known_hosts)
    assert pod.run(url, SOURCE_SUBMODULES="true", **secret).code == 0
    assert list(pod.home.iterdir()) == []
    settings = [line.partition("=")[0] for line in git(pod.checkout, "config", "--local", "--list").splitlines()]
    assert {name.split(".")[0] for name in settings} == {"core", "remote", "submodule"}
    assert "core.sshcommand" not in settings


@pytest.mark.parametrize("known_hosts", ["other.example ssh-ed25519 AAAA", "{host} {key}"])
def test_wrong_host_key(pod: Pod, server: SshServer, tmp_path: Path, url: str, known_hosts: str) -> None:
    make_key(tmp_path / "other")
    line = known_hosts.format(host=server.known_hosts.split()[0], key=(tmp_path / "other.pub").read_text())
    outcome = pod.run(url, **pod.mount(ssh_privatekey=server.private_key, known_hosts=line))
    assert outcome.code == 1
    assert outcome.message.startswith(f"Host key verification failed: {url} did not show a host key")


def test_wrong_key(pod: Pod, server: SshServer, tmp_path: Path, url: str) -> None:
    secret = pod.mount(ssh_privatekey=make_key(tmp_path / "other"), known_hosts=server.known_hosts)
    outcome = pod.run(url, **secret)
    assert outcome.code == 1
    assert outcome.message.startswith(f"Authentication failed at {url}.")


def test_key_with_passphrase(pod: Pod, server: SshServer, tmp_path: Path, url: str) -> None:
    key = make_key(tmp_path / "locked", passphrase="secret")
    outcome = pod.run(url, **pod.mount(ssh_privatekey=key, known_hosts=server.known_hosts))
    assert outcome.message.startswith("The private key in the Secret of source.git.secretRef cannot be read: ")


def test_malformed_key(pod: Pod, server: SshServer, url: str) -> None:
    outcome = pod.run(url, **pod.mount(ssh_privatekey="hello", known_hosts=server.known_hosts))
    assert outcome.message.startswith("The private key in the Secret of source.git.secretRef cannot be read: ")


def test_password_instead_of_key(pod: Pod, url: str) -> None:
    outcome = pod.run(url, **pod.mount(username="reader", password="password"))
    assert (
        "lacks the key ssh-privatekey, which the protocol ssh needs; it has password, username." in outcome.message
    )


def test_no_secret(pod: Pod, url: str) -> None:
    assert pod.run(url).message.startswith(f"Authentication failed at {url}.")


def test_no_repository(pod: Pod, server: SshServer) -> None:
    secret = pod.mount(ssh_privatekey=server.private_key, known_hosts=server.known_hosts)
    outcome = pod.run(f"{server.url}/nonexistent.git", **secret)
    assert outcome.message.startswith(f"There is no git repository at {server.url}/nonexistent.git")
