"""What the API server's answers mean: objects, watch events, errors of our tree. Makes no calls."""

import json
from collections.abc import AsyncIterator, Mapping

from longshore import errors
from longshore.cluster.resources import Object

# A longer wish than this, from some proxy in between, would put the operator to sleep.
LONGEST_RETRY_AFTER = 60.0
ERRORS: dict[int, type[errors.ClusterError]] = {
    401: errors.UnauthorizedError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    410: errors.GoneError,
}


def parse_object(body: bytes) -> Object:
    """The JSON object in `body`; UnavailableError where it is none, as from a proxy in between."""
    try:
        parsed = json.loads(body)
    except ValueError as error:
        raise errors.UnavailableError(f"no JSON in the answer: {body[:100]!r}") from error
    if not isinstance(parsed, dict):
        raise errors.UnavailableError(f"no object in the answer: {body[:100]!r}")
    return parsed


def parse_event(line: bytes) -> Object:
    """The watch event in `line`, with `type` and `object`; an event of type ERROR is raised."""
    event = parse_object(line)
    if event.get("type") == "ERROR":
        raise build_error(event["object"].get("code", 500), event["object"], {})
    return event


def parse_failure(code: int, body: bytes, headers: Mapping[str, str]) -> errors.ClusterError:
    """The error that an answer of 400 and above stands for, whoever wrote its body."""
    try:
        status = parse_object(body)
    except errors.UnavailableError:
        status = {"message": f"HTTP {code}: {body[:200].decode(errors='replace')}"}
    return build_error(code, status, headers)


def build_error(code: int, status: Object, headers: Mapping[str, str]) -> errors.ClusterError:
    """The error for a Status object and its HTTP code; the message is the API server's own."""
    message = str(status.get("message") or f"HTTP {code}")
    if code == 429:
        return errors.ThrottledError(message, parse_retry_after(status, headers) or 1.0)
    if code >= 500:
        return errors.UnavailableError(message, parse_retry_after(status, headers))
    if status.get("reason") == "AlreadyExists":
        return errors.AlreadyExistsError(message)
    return ERRORS.get(code, errors.InvalidError)(message)


def parse_retry_after(status: Object, headers: Mapping[str, str]) -> float:
    """How many seconds the answer asks to wait; 0 where it does not say. Dates are not understood."""
    details = status.get("details") or {}
    wish = str(headers.get("Retry-After") or details.get("retryAfterSeconds") or 0)
    return min(float(wish), LONGEST_RETRY_AFTER) if wish.isdecimal() else 0.0


async def split_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The complete lines of a stream, however long; a last line without its end is dropped."""
    pending = b""
    async for chunk in chunks:
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            yield line
