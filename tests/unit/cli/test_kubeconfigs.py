"""Which cluster is meant: as kubectl would find it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from longshore.cli.cluster.kubeconfigs import load_config
from longshore.cli.words.targets import Target
from longshore.errors import SettingsError


def write(path: Path, name: str, *, is_current: bool = True, **user: Any) -> Path:
    """A kubeconfig with one context, cluster and user of a name."""
    config = {
        "clusters": [
            {"name": name, "cluster": {"server": f"https://{name}:6443", "certificate-authority": "ca.crt"}}
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": f"of-{name}"}}],
        "users": [{"name": name, "user": user or {"token": name}}],
        **({"current-context": name} if is_current else {}),
    }
    file = path / f"{name}.yaml"
    file.write_text(yaml.safe_dump(config))
    return file


@pytest.fixture(autouse=True)
def _no_kubeconfig(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def test_the_option_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(write(tmp_path, "a")))
    config = load_config(Target(kubeconfig=str(write(tmp_path, "b"))))
    assert (config.cluster.server, config.namespace) == ("https://b:6443", "of-b")


def test_then_the_files_of_the_variable_which_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / "missing", write(tmp_path, "a", is_current=False), write(tmp_path, "b")]
    monkeypatch.setenv("KUBECONFIG", ":".join(map(str, files)))
    assert load_config(Target()).context_name == "b"
    picked = load_config(Target(context="a"))
    assert picked.cluster.server == "https://a:6443"
    assert picked.abs_file("ca.crt") == tmp_path / "ca.crt"


def test_then_the_one_at_home(tmp_path: Path) -> None:
    home = tmp_path / "home/.kube"
    home.mkdir(parents=True)
    write(home, "h").rename(home / "config")
    assert load_config(Target()).context_name == "h"


def test_a_plugin_of_v1_is_told_what_it_has_to_know(tmp_path: Path) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "login", "args": ["x"]}
    user = load_config(Target(kubeconfig=str(write(tmp_path, "a", exec=plugin)))).user
    assert user is not None
    assert user.exec is not None
    assert user.exec.apiVersion == "client.authentication.k8s.io/v1beta1"
    [variable] = user.exec.env or []
    assert variable.name == "KUBERNETES_EXEC_INFO"
    assert json.loads(variable.value)["apiVersion"] == "client.authentication.k8s.io/v1"


@pytest.mark.parametrize(
    ("text", "context"), [("", None), ("{}", None), ("a: [", None), ("[]", None), (None, None), ("good", "other")]
)
def test_what_cannot_be_used_is_said_in_a_line(tmp_path: Path, text: str | None, context: str | None) -> None:
    file = write(tmp_path, "a")
    if text is None:
        file = tmp_path / "missing"
    elif text != "good":
        file.write_text(text)
    with pytest.raises(SettingsError, match=r"^the kubeconfig cannot be used: .+$"):
        load_config(Target(context=context, kubeconfig=str(file)))
