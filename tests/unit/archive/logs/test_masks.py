"""Values of Secrets are replaced wherever they stand, and nothing else is."""

import base64
import json

import pytest
from longshore.api.agents import Credential
from longshore.api.steps import Step
from longshore.archive.collect.pods import slim_pod
from longshore.archive.logs.masks import Masker, list_mounted, list_secrets, list_values
from longshore.manifests.attempts import Attempt
from longshore.manifests.credentials import add_credentials
from longshore.manifests.pods import build_pod
from support.planning.runs import step

STAMP = b"2026-01-01T00:00:00.123456789Z "
KEYS = b"-----BEGIN KEY-----\nfirst line\nsecond line\n-----END KEY-----\n"


@pytest.mark.parametrize(
    ("values", "text", "masked"),
    [
        ([], b"hunter2", b"hunter2"),
        ([b"hunter2"], b"nothing here", b"nothing here"),
        ([b"hunter2"], b"is hunter2, hunter2!", b"is ***, ***!"),
        ([b"hunter2\n"], b"is hunter2", b"is ***"),
        ([b"hunter2"], base64.b64encode(b"hunter2"), b"***"),
        ([b"hunter2"], base64.b64encode(b"hunter2\n"), b"***Mgo="),
        ([b"hunter2", b"hunter22"], b"hunter22", b"***"),
        ([b"abc"], b"abc", b"abc"),
        ([KEYS], b"a first line, a second line", b"a ***, a ***"),
        ([b"a.c*d"], b"abcd a.c*d", b"abcd ***"),
        ([b"p@ss word"], b"https://bot:p%40ss%20word@git.local", b"https://bot:***@git.local"),
        ([b"\xff\xfe\xfd\xfc"], b"x\xff\xfe\xfd\xfcx", b"x***x"),
        # The times of lines stay, whatever a value looks like.
        ([b"2026"], b"in 2026", b"in ***"),
        ([b"9Z hun"], b"hun", b"hun"),
    ],
)
def test_values(values: list[bytes], text: bytes, masked: bytes) -> None:
    lines = STAMP + text + b"\n" + STAMP + b"\n"
    assert Masker(values).mask(lines) == STAMP + masked + b"\n" + STAMP + b"\n"


def test_secrets_of_a_pod() -> None:
    def refer(name: str) -> dict[str, object]:
        return {"name": "A", "valueFrom": {"secretKeyRef": {"name": name, "key": "k"}}}

    spec = {
        "initContainers": [{"env": [refer("a"), {"name": "B", "value": "x"}]}],
        "containers": [{"envFrom": [{"secretRef": {"name": "b"}}, {"configMapRef": {"name": "no"}}], "env": []}],
        "volumes": [
            {"secret": {"secretName": "c"}},
            {"projected": {"sources": [{"secret": {"name": "d"}}, {"serviceAccountToken": {}}]}},
            {"emptyDir": {}},
        ],
        "imagePullSecrets": [{"name": "e"}],
    }
    assert list_secrets({"spec": spec}) == ["a", "b", "c", "d", "e"]
    assert list_mounted({"spec": spec}) == ["c", "d"]
    assert list_secrets({"spec": {}}) == []


def test_the_whole_of_a_pod_is_looked_at_in_what_is_kept_of_it() -> None:
    """Each way by which the pod of a step gets credentials, through what the archive remembers of a pod."""
    given = step(
        envFrom=[{"secretRef": {"name": "own"}}], template={"spec": {"imagePullSecrets": [{"name": "pull"}]}}
    )
    pod = build_pod(Attempt("ci", "nightly", "uid", "", "build", 1), Step.model_validate(given), {})
    credentials = [
        Credential.model_validate({"name": kind.lower(), "secretRef": {"name": f"s-{kind}"}, "as": kind})
        for kind in ("Env", "Files", "Git", "Docker")
    ]
    slim = slim_pod(add_credentials(pod, credentials))
    assert list_secrets(slim) == ["own", "pull", "s-Docker", "s-Env", "s-Files", "s-Git"]
    assert list_mounted(slim) == ["s-Docker", "s-Files", "s-Git"]


def test_values_of_a_secret() -> None:
    assert list(list_values({"data": {"a": "aHVudGVyMg=="}})) == [b"hunter2"]
    assert list(list_values({})) == []


def test_values_in_a_docker_config() -> None:
    auth = base64.b64encode(b"bot:hunter2").decode()
    config = json.dumps({"auths": {"hub.local": {"username": "bot", "auth": auth, "tokens": ["t1"]}}})
    found = list(list_values({"data": {".dockerconfigjson": base64.b64encode(config.encode()).decode()}}))
    assert found == [config.encode(), b"bot", auth.encode(), b"hunter2", b"t1"]


ODD = (b"[1]", b"{", rb'{"auth": "\\"}', '{"auth": "ä"}'.encode(), b'{"auth": "a"}', b"[" * 100_000, b'{"a": 1}')


@pytest.mark.parametrize("value", ODD)
def test_what_looks_like_json_and_is_not(value: bytes) -> None:
    assert next(iter(list(list_values({"data": {"a": base64.b64encode(value).decode()}})))) == value
