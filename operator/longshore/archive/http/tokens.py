"""What can be read from a bearer token without asking anybody. Pure; must not trust it: that is for a review."""

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

LONGEST = 16 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says of itself; only good once the API server has vouched for the token."""

    audiences: tuple[str, ...] = ()
    expires: float = math.inf
    """Seconds since 1970."""


def build_key(token: str) -> str:
    """By what verdicts about a token are kept, so that nobody finds tokens in our memory."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_claims(token: str) -> Claims:
    """The claims of a JWT; none of a token that is not one."""
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return _parse(claims)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return Claims()


def _parse(claims: dict[str, Any]) -> Claims:
    audience = claims.get("aud", ())
    audiences = (audience,) if isinstance(audience, str) else tuple(map(str, audience))
    return Claims(audiences, float(claims.get("exp", math.inf)))
