"""Git in a step with credentials: the fixed texts that its variables hold, tried with git and ssh themselves."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.checkout.repositories import Repositories
from integration.checkout.servers import SshServer, make_key, serve_ssh
from longshore.manifests.git_access import build_git_variables

FORGE = {"username": "bot", "password": "p\\n$(x) 'q\"%s", "host": "git.local git.other:8443\nhttp://git.plain/"}


def mount(folder: Path, **values: str) -> str:
    """Mount a Secret; readable for others than its owner, as the kubelet does it."""
    folder.mkdir()
    for name, value in values.items():
        file = folder / name.replace("_", "-" if name.startswith("ssh") else "_")
        file.write_text(value)
        file.chmod(0o440)
    return str(folder)


def run(*command: str, folders: list[str], home: Path, said: str = "") -> subprocess.CompletedProcess[str]:
    home.mkdir(exist_ok=True)
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C", **build_git_variables(folders)}
    return subprocess.run(command, env=variables, input=said, capture_output=True, text=True, check=False)


def ask(tmp_path: Path, folders: list[str], url: str) -> subprocess.CompletedProcess[str]:
    """Ask git what it would send to a server."""
    protocol, _, host = url.partition("://")
    said = f"protocol={protocol}\nhost={host}\n\n"
    return run("git", "credential", "fill", folders=folders, home=tmp_path / "home", said=said)


@pytest.mark.parametrize("url", ["https://git.local", "https://git.other:8443", "http://git.plain"])
def test_servers_that_are_named_get_the_password(tmp_path: Path, url: str) -> None:
    done = ask(tmp_path, [mount(tmp_path / "forge", **FORGE)], url)
    answer = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert (answer["username"], answer["password"]) == ("bot", FORGE["password"]), done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize(
    "url", ["https://evil.local", "https://git.local.evil", "http://git.local", "https://git.plain", "https://*"]
)
def test_other_servers_do_not(tmp_path: Path, url: str) -> None:
    done = ask(tmp_path, [mount(tmp_path / "forge", **FORGE)], url)
    assert done.returncode != 0
    assert "p\\n" not in done.stdout + done.stderr


def test_without_a_host_nobody_gets_it_and_that_is_said(tmp_path: Path) -> None:
    done = ask(tmp_path, [mount(tmp_path / "forge", username="bot", password="secret")], "https://git.local")
    said = "longshore: credential forge: its Secret has no key host, so git.local does not get it"
    assert said in done.stderr
    assert done.returncode != 0
    assert "secret" not in done.stdout


def test_each_server_has_its_own(tmp_path: Path) -> None:
    folders = [
        mount(tmp_path / "a", password="one", host="a.local"),
        mount(tmp_path / "b", username="bee", password="two", host="b.local"),
        mount(tmp_path / "c", ssh_privatekey="no password"),
    ]
    assert "username=git\npassword=one\n" in ask(tmp_path, folders, "https://a.local").stdout
    assert "username=bee\npassword=two\n" in ask(tmp_path, folders, "https://b.local").stdout


def test_helpers_of_the_image_get_no_password(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[credential]\n\thelper = store\n")
    said = "protocol=https\nhost=git.local\nusername=bot\npassword=secret\n\n"
    folders = [mount(tmp_path / "forge", **FORGE)]
    assert run("git", "credential", "approve", folders=folders, home=home, said=said).returncode == 0
    assert [file.name for file in home.iterdir()] == [".gitconfig"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with serve_ssh(tmp_path_factory.mktemp("sshd")) as server:
        yield server


def clone(
    tmp_path: Path, server: SshServer, repositories: Repositories, folders: list[str]
) -> subprocess.CompletedProcess[str]:
    url = f"{server.url}{repositories.root}/project.git"
    home = tmp_path / "home"
    return run("git", "clone", "--quiet", url, str(tmp_path / "clone"), folders=folders, home=home)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", ""])
def test_a_key(tmp_path: Path, server: SshServer, repositories: Repositories, line_end: str) -> None:
    key = server.private_key.rstrip("\n").replace("\n", line_end or "\n") + line_end
    other = mount(tmp_path / "other", ssh_privatekey=make_key(tmp_path / "foreign"))
    forge = mount(tmp_path / "forge", ssh_privatekey=key, known_hosts=server.known_hosts)
    done = clone(tmp_path, server, repositories, [other, forge])
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "clone/.git").is_dir()
    assert not list((tmp_path / "home").rglob("known_hosts"))


@pytest.mark.parametrize("known_hosts", ["", "other.local ssh-ed25519 AAAA"])
def test_a_host_that_is_not_known_is_not_talked_to(
    tmp_path: Path, server: SshServer, repositories: Repositories, known_hosts: str
) -> None:
    forge = mount(tmp_path / "forge", ssh_privatekey=server.private_key, known_hosts=known_hosts)
    done = clone(tmp_path, server, repositories, [forge])
    assert "Host key verification failed" in done.stderr
    assert done.returncode != 0


def test_a_key_with_a_passphrase_is_told(tmp_path: Path, server: SshServer, repositories: Repositories) -> None:
    key = make_key(tmp_path / "locked", "passphrase")
    forge = mount(tmp_path / "forge", ssh_privatekey=key, known_hosts=server.known_hosts)
    done = clone(tmp_path, server, repositories, [forge])
    assert "passphrase" in done.stderr
    assert done.returncode != 0
