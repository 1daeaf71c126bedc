"""Owns which files are made from the models, and their text. Pure: it must not write them."""

from collections.abc import Sequence
from typing import Any

import yaml

from longshore.names import GROUP
from longshore.schemas.crds import build_crd
from longshore.schemas.interfaces import build_interface
from longshore.schemas.kinds import KINDS
from longshore.schemas.references import build_reference

CRD_HEADER = "# Made from the models by `make crds`; do not edit.\n"
HASHES_HEADER = '''"""Owns the schema hash of each CRD, by which the operator knows its own.

Made from the models by `make crds`; do not edit.
"""

SCHEMA_HASHES = {
'''


def build_files() -> dict[str, str]:
    """The text of each file, by its path in the repository."""
    crds = {f"crds/{kind.plural}.{GROUP}.yaml": build_crd(kind) for kind in KINDS}
    return {
        **{path: CRD_HEADER + yaml.safe_dump(crd, sort_keys=False, width=120) for path, crd in crds.items()},
        "operator/longshore/api/hashes.py": build_hashes(list(crds.values())),
        "docs/reference/archive-api.md": build_interface(),
        "docs/reference/resources.md": build_reference(KINDS),
    }


def build_hashes(crds: Sequence[dict[str, Any]]) -> str:
    """The module by which the operator knows its CRDs without making them."""
    rows = [
        f'    "{crd["metadata"]["name"]}": "{value}",\n'
        for crd in crds
        for value in crd["metadata"]["annotations"].values()
    ]
    return f"{HASHES_HEADER}{''.join(rows)}}}\n"
