"""Owns which cluster is meant, found as kubectl does. lightkube reads one file and prefers a pod's own account."""

import json
import os
import sys
from pathlib import Path

import msgspec
import yaml
from lightkube.config.kubeconfig import DEFAULT_KUBECONFIG, SERVICE_ACCOUNT, KubeConfig, SingleConfig
from lightkube.config.models import NameValue, User, UserExec
from lightkube.core.exceptions import ConfigError

from longshore.cli.words.targets import Target
from longshore.errors import SettingsError

_EXEC_VERSION = "client.authentication.k8s.io/v1"
# What lightkube raises of a file that is none, such as an empty one.
_MALFORMED = (AttributeError, KeyError, TypeError, msgspec.ValidationError, yaml.YAMLError)


def load_config(target: Target) -> SingleConfig:
    """The context to use: --kubeconfig, else the files of KUBECONFIG, else ~/.kube/config, else a pod's account.

    Raises SettingsError.
    """
    existing, paths = _find_files(target)
    try:
        if not existing and (Path(SERVICE_ACCOUNT) / "token").is_file():
            config = KubeConfig.from_service_account().get()
        else:
            config = _pick([KubeConfig.from_file(path) for path in existing or paths], target.context)
    except (ConfigError, OSError, *_MALFORMED) as error:
        raise SettingsError(f"the kubeconfig cannot be used: {' '.join(str(error).split())}") from error
    assert config is not None  # noqa: S101 - get() without a default returns a config or raises
    return config._replace(user=_adapt(config.user))


def read_contexts(target: Target) -> list[str]:
    """The names of the contexts that there are to choose from. Raises SettingsError."""
    existing, _ = _find_files(target)
    try:
        return sorted({name for path in existing for name in KubeConfig.from_file(path).contexts})
    except (ConfigError, OSError, *_MALFORMED) as error:
        raise SettingsError(f"the kubeconfig cannot be used: {' '.join(str(error).split())}") from error


def _find_files(target: Target) -> tuple[list[Path], list[Path]]:
    """The files that there are, and those that were asked for."""
    names = [target.kubeconfig] if target.kubeconfig else os.environ.get("KUBECONFIG", "").split(os.pathsep)
    paths = [Path(name).expanduser() for name in names if name] or [Path(DEFAULT_KUBECONFIG).expanduser()]
    return [path for path in paths if path.is_file()], paths


def _pick(configs: list[KubeConfig], context: str | None) -> SingleConfig | None:
    """Of several files the first that has a name wins, as in kubectl."""
    context = context or next((config.current_context for config in configs if config.current_context), None)
    merged = KubeConfig(clusters={}, contexts={}, users={}, current_context=context)
    for config in reversed(configs):
        merged.clusters |= config.clusters
        merged.contexts |= config.contexts
        merged.users |= config.users
    picked = merged.get()
    if picked is None:
        return None
    home = next(config for config in configs if picked.context.cluster in config.clusters)
    return picked._replace(fname=home.fname)


def _adapt(user: User | None) -> User:
    """A user for lightkube, which insists on one and knows plugins of v1beta1 only; v1 answers alike."""
    if user is None or user.exec is None or user.exec.apiVersion != _EXEC_VERSION:
        return user or User()
    info = {"apiVersion": _EXEC_VERSION, "kind": "ExecCredential", "spec": {"interactive": sys.stdin.isatty()}}
    env = [*(user.exec.env or []), NameValue("KUBERNETES_EXEC_INFO", json.dumps(info))]
    plugin = UserExec(f"{_EXEC_VERSION}beta1", user.exec.command, env, user.exec.args, user.exec.installHint)
    return msgspec.structs.replace(user, exec=plugin)
