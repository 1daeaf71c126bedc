"""Values of Secrets are replaced wherever they stand, and nothing else is."""

import base64

import pytest
from longshore.archive.logs.masks import Masker, list_secrets, list_values

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
    }
    assert list_secrets({"spec": spec}) == ["a", "b", "c", "d"]
    assert list_secrets({"spec": {}}) == []


def test_values_of_a_secret() -> None:
    assert list(list_values({"data": {"a": "aHVudGVyMg=="}})) == [b"hunter2"]
    assert list(list_values({})) == []
