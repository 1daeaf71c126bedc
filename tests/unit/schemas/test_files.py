"""What is made from the models is in the repository as it would be made now."""

from pathlib import Path

import pytest
from longshore.api.hashes import SCHEMA_HASHES
from longshore.schemas.crds import build_crd, compute_hash
from longshore.schemas.files import build_files
from longshore.schemas.kinds import KINDS, Kind

ROOT = Path(__file__).parents[3]
FILES = build_files()


@pytest.mark.parametrize("name", FILES)
def test_no_drift(name: str) -> None:
    assert (ROOT / name).read_text() == FILES[name], "the models have changed: run `make crds`"


def test_nothing_else_lies_there() -> None:
    assert {f"crds/{path.name}" for path in (ROOT / "crds").iterdir()} == {
        name for name in FILES if name.startswith("crds/")
    }


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("crds/")])
def test_size(name: str) -> None:
    # The annotation of a client-side apply takes 256 KiB.
    assert len(FILES[name]) < 200 * 1024


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
def test_hash_tells_schemas_apart(kind: Kind) -> None:
    crd = build_crd(kind)
    assert compute_hash(crd["spec"]) == SCHEMA_HASHES[crd["metadata"]["name"]]
    assert compute_hash(crd["spec"] | {"scope": "Cluster"}) != SCHEMA_HASHES[crd["metadata"]["name"]]
