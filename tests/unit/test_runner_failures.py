"""Table: what git and ssh write, word for word, and what is made of it."""

from pathlib import Path

import pytest
from longshore_runner.failures import FAILURES, explain, find_failure, is_refusal, is_transient
from longshore_runner.sources import Source

URL = "https://git.example/project.git"
SOURCE = Source(URL, "https", "main", 1, submodules=False, path=Path("/workspace/source"), credentials=None)
ACCESS = (
    "fatal: Could not read from remote repository.\n\n"
    "Please make sure you have the correct access rights\nand the repository exists."
)
CLONE = "fatal: clone of 'https://h/a.git' into submodule path '/workspace/source/lib/a' failed"

FINAL = [
    ("fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output", "volume of the"),
    ("error: unable to create file a: Disk quota exceeded", "The volume of the checkout is full."),
    ("fatal: cannot mkdir /workspace/source/.git: Permission denied", "cannot write to its volume: cannot mkdir"),
    ("error: could not lock config file .git/config: Read-only file system", "cannot write to its volume"),
    (f"No ED25519 host key is known for h.\nHost key verification failed.\n{ACCESS}", f"failed: {URL} did not"),
    (f"git@git.example: Permission denied (publickey).\n{ACCESS}", f"Authentication failed at {URL}."),
    (f"fatal: Authentication failed for '{URL}/'", f"Authentication failed at {URL}."),
    (f"fatal: could not read Username for '{URL}': terminal prompts disabled", f"Authentication failed at {URL}."),
    (f"fatal: unable to access '{URL}/': The requested URL returned error: 403", "Authentication failed at"),
    (f"fatal: unable to access '{URL}/': SSL certificate problem: self-signed certificate", "The TLS certificate"),
    (f"fatal: unable to access '{URL}/': server certificate verification failed. CAfile: a", "The TLS"),
    ("fatal: transport 'file' not allowed", f"The protocol of {URL} is not allowed: file."),
    ("fatal: mismatched algorithms: client sha1; server sha256", "uses SHA-256 object names"),
    (f"fatal: repository '{URL}/' not found", f"There is no git repository at {URL}"),
    (f"ERROR: Repository not found.\n{ACCESS}", f"There is no git repository at {URL}"),
    (f"fatal: '/project.git' does not appear to be a git repository\n{ACCESS}", "There is no git repository at"),
    (f"fatal: {URL}/info/refs not valid: is this a git repository?", "There is no git repository at"),
    ("fatal: remote error: access denied or repository not exported: /x", "There is no git repository at"),
    ("error: short object ID 0123 is ambiguous\nhint: The candidates are:", "fits several commits"),
    ("fatal: Fetched in submodule path 'lib/a', but it did not contain 0123. Direct fetching failed.",
     f"The commit that is wanted of submodule lib/a of {URL} is not there."),
    (f"fatal: could not read Password for 'https://h': terminal prompts disabled\n{CLONE}",
     f"Authentication failed at submodule lib/a of {URL}."),
]  # fmt: skip

TRANSIENT = [
    (f"fatal: unable to access '{URL}/': Could not resolve host: git.example", f"The host of {URL} is unknown."),
    (f"ssh: Could not resolve hostname h: Name or service not known\n{ACCESS}", f"The host of {URL} is unknown."),
    (f"ssh: connect to host h port 22: Connection timed out\n{ACCESS}", f"{URL} did not answer in time."),
    ("fatal: unable to access 'x': Operation too slow. Less than 1 bytes/sec transferred the last 60 seconds",
     f"{URL} did not answer in time."),
    (f"ssh: connect to host h port 22: Connection refused\n{ACCESS}", f"The connection to {URL} failed."),
    (f"kex_exchange_identification: Connection closed by remote host\n{ACCESS}", "The connection to"),
    (f"fatal: unable to access '{URL}/': The requested URL returned error: 503", "The connection to"),
    (f"fatal: unable to access '{URL}/': The requested URL returned error: 429", "The connection to"),
    ("error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502", "The connection to"),
    ("fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF", "The connection to"),
    ("fatal: the remote end hung up unexpectedly", "The connection to"),
]  # fmt: skip


@pytest.mark.parametrize(("stderr", "message"), FINAL + TRANSIENT)
def test_explain(stderr: str, message: str) -> None:
    assert message in str(explain(SOURCE, "fetch", stderr))


@pytest.mark.parametrize("stderr", [stderr for stderr, _ in TRANSIENT])
def test_is_transient(stderr: str) -> None:
    assert is_transient(stderr)


@pytest.mark.parametrize("stderr", [*(stderr for stderr, _ in FINAL), "fatal: what nobody foresaw", ""])
def test_is_final(stderr: str) -> None:
    assert not is_transient(stderr)


def test_no_kind_is_forgotten() -> None:
    assert {id(find_failure(stderr)) for stderr, _ in FINAL + TRANSIENT} == {id(kind) for kind in FAILURES}


def test_every_remedy_is_a_sentence() -> None:
    assert [kind.pattern for kind in FAILURES if not kind.remedy.endswith(".")] == []


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        (
            "warning: first\nfatal: second",
            f"git fetch failed for {URL}: fatal: second. The log has all that git said.",
        ),
        ("", f"git fetch failed for {URL}: no message. The log has all that git said."),
    ],
)
def test_explain_what_nobody_foresaw(stderr: str, message: str) -> None:
    assert str(explain(SOURCE, "fetch", stderr)) == message


@pytest.mark.parametrize(
    "stderr",
    [
        f"fatal: remote error: upload-pack: not our ref {'0' * 40}",
        f"error: Server does not allow request for unadvertised object {'0' * 40}",
        f"fatal: couldn't find remote ref {'0' * 40}",
        "fatal: dumb http transport does not support shallow capabilities",
    ],
)
def test_is_refusal(stderr: str) -> None:
    assert is_refusal(stderr)
    assert not is_transient(stderr)


@pytest.mark.parametrize("stderr", [f"fatal: Authentication failed for '{URL}/'", "fatal: early EOF", ""])
def test_is_no_refusal(stderr: str) -> None:
    assert not is_refusal(stderr)
