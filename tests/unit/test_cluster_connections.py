"""Credentials that rotate are followed; what is missing is said."""

from pathlib import Path

import pytest
import yaml
from longshore.cluster.connections import Connection, connect
from longshore.errors import SettingsError


def write_kubeconfig(folder: Path, user: dict[str, str], **cluster: str) -> Path:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://example.test:6443/prefix/", **cluster}}],
        "users": [{"name": "u", "user": user}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path


async def test_address_and_token(tmp_path: Path) -> None:
    connection = await connect(write_kubeconfig(tmp_path, {"token": "secret"}))
    assert connection.base_url == "https://example.test:6443/prefix"
    assert await connection.headers() == {"Authorization": "Bearer secret"}


async def test_without_a_token_there_is_no_header(tmp_path: Path) -> None:
    assert await (await connect(write_kubeconfig(tmp_path, {}))).headers() == {}


async def test_a_tunnel_keeps_the_name_in_the_certificate(tmp_path: Path) -> None:
    cluster = {"tls-server-name": "kubernetes", "proxy-url": "http://proxy.test:3128"}
    connection = await connect(write_kubeconfig(tmp_path, {}, **cluster))
    assert connection.server_hostname == "kubernetes"
    assert connection.proxy == "http://proxy.test:3128"


class TokenFile:
    """A token that the kubelet rotates."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rotate("old")

    def rotate(self, token: str) -> None:
        """Replace the token."""
        self.path.write_text(token)

    def lose(self) -> None:
        """Make it unreadable."""
        self.path.unlink()


@pytest.fixture
def token(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "token")


@pytest.fixture
async def connection(tmp_path: Path, token: TokenFile) -> Connection:
    return await connect(write_kubeconfig(tmp_path, {"tokenFile": str(token.path)}))


async def test_a_refused_token_is_read_anew(connection: Connection, token: TokenFile) -> None:
    refused = await connection.headers()
    assert not await connection.renew(refused)
    token.rotate("new")
    assert await connection.renew(refused)
    assert await connection.headers() == {"Authorization": "Bearer new"}


async def test_another_caller_may_have_renewed_it(connection: Connection, token: TokenFile) -> None:
    refused = await connection.headers()
    token.rotate("new")
    assert [await connection.renew(refused), await connection.renew(refused)] == [True, True]


async def test_an_unreadable_token_leaves_the_old_one(connection: Connection, token: TokenFile) -> None:
    refused = await connection.headers()
    token.lose()
    assert not await connection.renew(refused)
    assert await connection.headers() == refused


async def test_old_credentials_are_read_anew_before_they_are_refused(tmp_path: Path) -> None:
    loads = []

    async def load() -> None:
        loads.append("load")

    known = await connect(write_kubeconfig(tmp_path, {"token": "secret"}))
    lasting = Connection(known._configuration, load, max_age=3600)
    await lasting.headers()
    assert loads == []
    fleeting = Connection(known._configuration, load, max_age=-1)
    await fleeting.headers()
    await fleeting.headers()
    assert loads == ["load", "load"]


async def test_a_missing_kubeconfig_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="kubeconfig"):
        await connect(tmp_path / "nothing")


async def test_a_missing_context_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="elsewhere"):
        await connect(write_kubeconfig(tmp_path, {}), context="elsewhere")


async def test_outside_a_pod_the_environment_names_the_kubeconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("KUBECONFIG", str(write_kubeconfig(tmp_path, {"token": "secret"})))
    assert (await connect()).base_url == "https://example.test:6443/prefix"


async def test_a_pod_without_a_service_account_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    with pytest.raises(SettingsError, match="token"):
        await connect()
