"""Quantities as Kubernetes reads them."""

from decimal import Decimal

import pytest
from longshore.planning.quantities import parse_quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10Gi", Decimal(10 * 2**30)),
        ("10G", Decimal(10**10)),
        ("1.5Ki", Decimal(1536)),
        ("500m", Decimal("0.5")),
        ("2", Decimal(2)),
        (2, Decimal(2)),
        ("1e3", Decimal(1000)),
        ("1E", Decimal(10**18)),
        ("-1k", Decimal(-1000)),
        (".", None),
        ("", None),
        ("10 Gi", None),
        ("10GB", None),
        ("1e99999999", None),
        ("Gi", None),
    ],
)
def test_reading(text: str | int, number: Decimal | None) -> None:
    assert parse_quantity(text) == number
