"""Owns how Kubernetes' quantities are read, to compare them. Must not write them: users' spelling stays."""

import re
from decimal import Decimal

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_QUANTITY = re.compile(r"([+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]{1,2}))?")
_SUFFIXES = {
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("num", start=-3)},
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTPE", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}


def parse_quantity(text: str | int) -> Decimal | None:
    """The number that a quantity stands for; None where it is none."""
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        return None
    digits, suffix, exponent = match.groups()
    return Decimal(digits) * _SUFFIXES.get(suffix, Decimal(1)) * Decimal(10) ** int(exponent or 0)
