"""What is read of a token, whatever it holds."""

import math

import pytest
from longshore.archive.http.tokens import Claims, build_key, read_claims
from support.tokens import build_token


@pytest.mark.parametrize(
    ("token", "claims"),
    [
        (build_token({"aud": ["a", "b"], "exp": 5}), Claims(("a", "b"), 5)),
        (build_token({"aud": "a"}), Claims(("a",), math.inf)),
        (build_token({}), Claims()),
        (build_token({"aud": 7}), Claims()),
        (build_token({"exp": "soon"}), Claims()),
        ("", Claims()),
        ("opaque", Claims()),
        ("a.b.c", Claims()),
        ("a.W10.c", Claims()),
        ("ä.ö.ü", Claims()),
    ],
)
def test_claims(token: str, claims: Claims) -> None:
    assert read_claims(token) == claims


def test_a_key_does_not_tell_the_token() -> None:
    assert "secret" not in build_key("secret")
    assert build_key("a") != build_key("b")
