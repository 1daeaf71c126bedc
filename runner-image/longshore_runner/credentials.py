"""Turns a mounted Secret into what git and ssh understand: private files, and settings that name them.

Owns where a credential may be: the Secret's mount and the private folder, nowhere else. Must not run git, and
must not log or raise anything that holds a value.
"""

import logging
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from longshore_runner.errors import CredentialsError
from longshore_runner.git import Access
from longshore_runner.sources import Source

logger = logging.getLogger(__name__)

Secret = Mapping[str, bytes]


def read_secret(folder: Path | None) -> Secret:
    """The values of a mounted Secret by key; empty without a mount. Empty values count as missing."""
    if folder is None or not folder.is_dir():
        return {}
    # Kubernetes keeps its own links beside the keys: their names start with two dots.
    files = [file for file in folder.iterdir() if file.is_file() and not file.name.startswith("..")]
    values = {file.name: file.read_bytes().strip(b"\r\n") for file in files}
    if not any(values.values()):
        raise CredentialsError("The Secret of source.git.secretRef holds no keys", _remedy("a value"))
    return {name: value for name, value in values.items() if value}


def prepare_access(source: Source, secret: Secret, private: Path) -> Access:
    """Write what the source's protocol needs of a Secret into a private folder.

    Raises:
        CredentialsError: The Secret lacks a key for this protocol, or its values cannot be right.
    """
    match source.protocol:
        case "ssh":
            return _prepare_ssh(secret, private)
        case "http" | "https" if secret:
            return _prepare_password(source.url, secret, private / "credentials")
        case _:
            return Access()


def _prepare_password(url: str, secret: Secret, file: Path) -> Access:
    """A file for `git credential-store`, which answers for this server alone, not for a submodule's."""
    password = _value(secret, "password", "the protocol https")
    # Forges that take a token as the password accept any name, but not none.
    user = secret.get("username", b"git")
    if re.search(rb"[\x00-\x1f\x7f]", user + password):
        raise CredentialsError(
            "The username or password in the Secret of source.git.secretRef holds a control character",
            "Make the Secret anew with kubectl create secret generic --from-literal.",
        )
    parts = urlsplit(url)
    _write_private(file, f"{parts.scheme}://{quote(user, '')}:{quote(password, '')}@{parts.netloc}\n".encode())
    return Access(settings=(("credential.helper", f"store --file={shlex.quote(str(file))}"),))


def _prepare_ssh(secret: Secret, private: Path) -> Access:
    if shutil.which("ssh") is None:
        raise CredentialsError(
            "The runner image has no ssh program",
            "Use an https URL, or a runner image with the package openssh-client.",
        )
    known_hosts = private / "known_hosts"
    _write_private(known_hosts, _as_lines(secret.get("known_hosts", b"")))
    options = {"UserKnownHostsFile": str(known_hosts), "StrictHostKeyChecking": "yes"}
    if "known_hosts" not in secret:
        options["StrictHostKeyChecking"] = "accept-new"
        logger.info(
            "WARNING: the server's ssh host key is not verified: anyone on the way could answer in its place."
            " Add the key known_hosts, made with ssh-keyscan, to the Secret of source.git.secretRef."
        )
    if secret:
        key = private / "ssh-privatekey"
        _write_private(key, _as_lines(_value(secret, "ssh-privatekey", "the protocol ssh")))
        _check_key(key)
        options |= {"IdentityFile": str(key), "IdentitiesOnly": "yes"}
    return Access(ssh=tuple(options.items()))


def _check_key(file: Path) -> None:
    """Refuse a key that ssh would pass over in silence, such as one with a passphrase."""
    command = ["ssh-keygen", "-y", "-P", "", "-f", str(file)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CredentialsError(
            "The private key in the Secret of source.git.secretRef cannot be read:"
            f" {done.stderr.strip().rpartition(': ')[2]}",
            "Put an OpenSSH or PEM private key without passphrase into its key ssh-privatekey.",
        )


def _value(secret: Secret, key: str, need: str) -> bytes:
    if key not in secret:
        raise CredentialsError(
            f"The Secret of source.git.secretRef lacks the key {key}, which {need} needs; it has"
            f" {', '.join(sorted(secret))}",
            _remedy(key),
        )
    return secret[key]


def _remedy(key: str) -> str:
    return (
        f"Give it {key}: username and password (type kubernetes.io/basic-auth) for an https URL,"
        " ssh-privatekey and known_hosts (type kubernetes.io/ssh-auth) for an ssh URL."
    )


def _as_lines(value: bytes) -> bytes:
    """OpenSSH refuses a key without the last line's end, or with those of Windows."""
    return value.replace(b"\r\n", b"\n") + b"\n"


def _write_private(file: Path, content: bytes) -> None:
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(content)
