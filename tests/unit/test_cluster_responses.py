"""Each answer of the API server becomes the right error, with its own message."""

from collections.abc import AsyncIterator

import pytest
from longshore import errors
from longshore.cluster.responses import LONGEST_RETRY_AFTER, parse_event, parse_failure, parse_object, split_lines

CODES = [
    (400, errors.InvalidError),
    (401, errors.UnauthorizedError),
    (403, errors.ForbiddenError),
    (404, errors.NotFoundError),
    (405, errors.InvalidError),
    (409, errors.ConflictError),
    (410, errors.GoneError),
    (413, errors.InvalidError),
    (422, errors.InvalidError),
    (429, errors.ThrottledError),
    (500, errors.UnavailableError),
    (503, errors.UnavailableError),
    (504, errors.UnavailableError),
]


@pytest.mark.parametrize(("code", "kind"), CODES)
def test_codes(code: int, kind: type[errors.ClusterError]) -> None:
    error = parse_failure(code, b'{"kind": "Status", "message": "as the server says"}', {})
    assert type(error) is kind
    assert str(error) == "as the server says"


def test_a_create_is_told_from_a_write_by_the_reason() -> None:
    assert type(parse_failure(409, b'{"reason": "AlreadyExists"}', {})) is errors.AlreadyExistsError
    assert type(parse_failure(409, b'{"reason": "Conflict"}', {})) is errors.ConflictError


@pytest.mark.parametrize("body", [b"", b"<html>bad gateway", b"[1]", b"\xff\xfe"])
def test_a_proxy_in_between_may_answer_anything(body: bytes) -> None:
    error = parse_failure(502, body, {})
    assert isinstance(error, errors.UnavailableError)
    assert str(error).startswith("HTTP 502")


RETRY_AFTER = [
    (429, {"Retry-After": "7"}, b"{}", 7),
    (429, {}, b'{"details": {"retryAfterSeconds": 3}}', 3),
    (429, {}, b"{}", 1),
    (429, {"Retry-After": "86400"}, b"{}", LONGEST_RETRY_AFTER),
    (503, {"Retry-After": "5"}, b"{}", 5),
    (503, {}, b"{}", 0),
    (503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"{}", 0),
    (500, {}, b'{"details": null}', 0),
]


@pytest.mark.parametrize(("code", "headers", "body", "seconds"), RETRY_AFTER)
def test_retry_after(code: int, headers: dict[str, str], body: bytes, seconds: float) -> None:
    error = parse_failure(code, body, headers)
    assert isinstance(error, errors.ThrottledError | errors.UnavailableError)
    assert error.retry_after == seconds


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'"text"'])
def test_what_is_no_object_is_no_answer(body: bytes) -> None:
    with pytest.raises(errors.UnavailableError):
        parse_object(body)


def test_an_error_in_a_stream_is_raised() -> None:
    with pytest.raises(errors.GoneError, match="too old"):
        parse_event(b'{"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}')
    with pytest.raises(errors.UnavailableError):
        parse_event(b'{"type": "ERROR", "object": {}}')


LINES = [
    ([b"a\nb\n"], [b"a", b"b"]),
    ([b"a", b"b", b"c\n"], [b"abc"]),
    ([b"a\nb", b"c\nd"], [b"a", b"bc"]),
    ([b"\n"], [b""]),
    ([], []),
    ([b"x" * 2_000_000, b"\n"], [b"x" * 2_000_000]),
]


@pytest.mark.parametrize(("chunks", "lines"), LINES)
async def test_lines(chunks: list[bytes], lines: list[bytes]) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    assert [line async for line in split_lines(stream())] == lines
