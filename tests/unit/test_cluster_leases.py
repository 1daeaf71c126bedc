"""Who may take a Lease, and what is written then."""

import pytest
from longshore.cluster.leases import build_claim, is_free
from longshore.cluster.resources import Object


def lease(holder: str | None, transitions: int = 3) -> Object:
    return {"spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, "leaseTransitions": transitions}}


FREE = [
    (lease("other"), 0, False),
    (lease("other"), 14.9, False),
    (lease("other"), 15, True),
    (lease("me"), 0, True),
    (lease(""), 0, True),
    (lease(None), 0, True),
    ({"spec": {}}, 0, True),
]


@pytest.mark.parametrize(("seen", "unchanged_seconds", "expected"), FREE)
def test_is_free(seen: Object, unchanged_seconds: float, *, expected: bool) -> None:
    assert is_free(seen, "me", unchanged_seconds) is expected


def test_a_first_claim_counts_from_zero() -> None:
    claim = build_claim(None, "me", 15)
    assert claim["holderIdentity"] == "me"
    assert claim["leaseDurationSeconds"] == 15
    assert claim["leaseTransitions"] == 0
    assert claim["acquireTime"] == claim["renewTime"]


def test_taking_over_counts_on() -> None:
    assert build_claim(lease("other"), "me", 15)["leaseTransitions"] == 4


def test_a_renewal_leaves_alone_when_it_was_taken() -> None:
    assert set(build_claim(lease("me"), "me", 15)) == {"holderIdentity", "leaseDurationSeconds", "renewTime"}
