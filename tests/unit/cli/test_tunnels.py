"""`kubectl port-forward` as a child: its port is read, its complaints are said, it ends with the command."""

from pathlib import Path

import pytest
from longshore.cli.archives.tunnels import REMEDY, open_tunnel
from longshore.cli.words.targets import Target
from longshore.errors import ArchiveError

FORWARDS = 'echo "Forwarding from 127.0.0.1:40123 -> 8082"; exec sleep 60'


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubectl that notes its arguments and does what the test writes after that."""
    program = tmp_path / "kubectl"
    program.write_text(f'#!/bin/sh\necho "$*" > {tmp_path}/arguments\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return program


def add(program: Path, line: str) -> None:
    program.write_text(f"{program.read_text()}{line}\n")


def test_a_tunnel_is_open_until_it_is_closed(kubectl: Path) -> None:
    add(kubectl, FORWARDS)
    tunnel = open_tunnel(Target(context="c", kubeconfig="/k"), "team")
    assert (tunnel.port, tunnel.is_open) == (40123, True)
    tunnel.close()
    tunnel.close()
    assert not tunnel.is_open
    assert (kubectl.parent / "arguments").read_text() == (
        "port-forward deployment/archive :8082 --address=127.0.0.1 --pod-running-timeout=20s --namespace=team"
        " --context=c --kubeconfig=/k\n"
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 1", "cannot reach the archive of namespace 'team': kubectl port-forward ended"),
        (
            'echo "error: unable to do it" >&2; exit 1',
            "cannot reach the archive of namespace 'team': unable to do it",
        ),
        (
            'echo "error: pods is forbidden: User b cannot" >&2; exit 1',
            f"cannot reach the archive of namespace 'team': pods is forbidden: User b cannot; {REMEDY}",
        ),
    ],
)
def test_what_kubectl_complains_of(kubectl: Path, script: str, said: str) -> None:
    add(kubectl, script)
    with pytest.raises(ArchiveError) as caught:
        open_tunnel(Target(), "team")
    assert str(caught.value) == said


def test_without_kubectl(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArchiveError, match="reached by kubectl, which can't be run"):
        open_tunnel(Target(), "team")
