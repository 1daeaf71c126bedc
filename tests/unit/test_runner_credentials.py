"""Tables: a Secret's values become private files and settings without secrets, and git's environment."""

import logging
import shlex
import subprocess
from pathlib import Path

import pytest
from longshore_runner.credentials import prepare_access, read_secret
from longshore_runner.errors import CredentialsError
from longshore_runner.git import SETTINGS, Access, build_environment
from longshore_runner.sources import Source, protocol_of


def source(url: str) -> Source:
    return Source(url, protocol_of(url), "", 0, submodules=False, path=Path("/source"), credentials=None)


HTTPS, SSH = source("https://git.example:8443/project.git"), source("git@git.example:project.git")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tmp_path_factory.mktemp("keys") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    return file.read_bytes().strip()


@pytest.mark.parametrize(
    ("secret", "line"),
    [
        ({"username": b"me", "password": b"secret"}, "https://me:secret@git.example:8443\n"),
        ({"password": b"token"}, "https://git:token@git.example:8443\n"),
        ({"username": b"a@b", "password": b"/:@%\xc3\xbc"}, "https://a%40b:%2F%3A%40%25%C3%BC@git.example:8443\n"),
    ],
)
def test_password(tmp_path: Path, secret: dict[str, bytes], line: str) -> None:
    access = prepare_access(HTTPS, secret, tmp_path)
    [file] = tmp_path.iterdir()
    assert file.read_text() == line
    assert file.stat().st_mode & 0o777 == 0o600
    assert access == Access(settings=(("credential.helper", f"store --file={file}"),))


@pytest.mark.parametrize("url", ["https://git.example/project.git", "git://git.example/project.git"])
def test_nothing_to_prove(tmp_path: Path, url: str) -> None:
    assert prepare_access(source(url), {}, tmp_path) == Access()
    assert list(tmp_path.iterdir()) == []


def test_key(tmp_path: Path, key: bytes) -> None:
    secret = {"ssh-privatekey": key.replace(b"\n", b"\r\n"), "known_hosts": b"host ssh-ed25519 AAAA"}
    assert dict(prepare_access(SSH, secret, tmp_path).ssh) == {
        "UserKnownHostsFile": str(tmp_path / "known_hosts"),
        "StrictHostKeyChecking": "yes",
        "IdentityFile": str(tmp_path / "ssh-privatekey"),
        "IdentitiesOnly": "yes",
    }
    assert (tmp_path / "ssh-privatekey").read_bytes() == key + b"\n"
    assert (tmp_path / "known_hosts").read_bytes() == b"host ssh-ed25519 AAAA\n"
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, ("accept-new", 1)), ({"known_hosts": b"host ssh-ed25519 AAAA"}, ("yes", 0))],
)
def test_unverified_host_is_logged(
    tmp_path: Path, key: bytes, caplog: pytest.LogCaptureFixture, more: dict[str, bytes], expected: tuple[str, int]
) -> None:
    caplog.set_level(logging.INFO)
    options = dict(prepare_access(SSH, {"ssh-privatekey": key} | more, tmp_path).ssh)
    assert (options["StrictHostKeyChecking"], len(caplog.messages)) == expected


@pytest.mark.parametrize(
    ("where", "secret", "message"),
    [
        (
            HTTPS,
            {"ssh-privatekey": b"x"},
            "lacks the key password, which the protocol https needs; it has ssh-priv",
        ),
        (HTTPS, {"password": b"a\nb"}, "holds a control character"),
        (HTTPS, {"username": b"a\0", "password": b"b"}, "holds a control character"),
        (SSH, {"password": b"x"}, "lacks the key ssh-privatekey, which the protocol ssh needs; it has password"),
        (SSH, {"ssh-privatekey": b"ssh-ed25519 AAAA me"}, "The private key in the Secret of source.git.secretRef"),
    ],
)
def test_wrong_secret(tmp_path: Path, where: Source, secret: dict[str, bytes], message: str) -> None:
    with pytest.raises(CredentialsError, match=message):
        prepare_access(where, secret, tmp_path)


def test_read_secret(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data/password").write_bytes(b" secret \n")
    (tmp_path / "password").symlink_to("..data/password")
    (tmp_path / "username").write_bytes(b"")
    assert read_secret(tmp_path) == {"password": b" secret "}


def test_no_secret(tmp_path: Path) -> None:
    assert read_secret(None) == read_secret(tmp_path / "absent") == {}


def test_empty_secret(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="holds no keys"):
        read_secret(tmp_path)


def test_environment_keeps_what_it_inherits() -> None:
    inherited = {
        "HOME": "/home",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.proxy",
        "GIT_CONFIG_VALUE_0": "x",
    }
    variables = build_environment(inherited, Access(settings=(("credential.helper", "store"),)))
    assert inherited.items() - variables.items() == {("GIT_CONFIG_COUNT", "1")}
    assert int(variables["GIT_CONFIG_COUNT"]) == len(SETTINGS) + 2
    last = len(SETTINGS) + 1
    assert variables[f"GIT_CONFIG_KEY_{last}"] == "credential.helper"
    assert variables[f"GIT_CONFIG_VALUE_{last}"] == "store"


def test_environment_asks_nobody() -> None:
    variables = build_environment({}, Access())
    assert variables["GIT_TERMINAL_PROMPT"] == "0"
    assert variables["GIT_ASKPASS"] == ""
    assert variables["GIT_ALLOW_PROTOCOL"] == "http:https:ssh:git"


def test_ssh_command_is_quoted() -> None:
    options = (("IdentityFile", "/a folder/$(id)"),)
    words = shlex.split(build_environment({}, Access(ssh=options))["GIT_SSH_COMMAND"])
    assert words[:3] == ["ssh", "-F", "none"]
    assert words[-2:] == ["-o", "IdentityFile=/a folder/$(id)"]
    assert "BatchMode=yes" in words
