"""What a namespace says of its archive: read in both spellings, and told where it can't be."""

from dataclasses import replace
from typing import Any

import pytest
from longshore.api.archives import TransportChoice
from longshore.manifests.archives import ArchiveDesign, ClaimDesign
from longshore.names import ARCHIVE_ANNOTATION
from longshore.planning.archives.namespaces import apply_wishes, find_security_problem, plan_use, read_wishes
from longshore.planning.observations import ArchiveUse

DESIGN = ArchiveDesign(
    "operator:1", "role", "", ClaimDesign("10Gi", "slow"), ClaimDesign("5Gi", "shared"), {"limits": {"cpu": 1}}
)


def namespace(annotation: str | None) -> dict[str, Any]:
    """A namespace with this annotation."""
    annotations = {} if annotation is None else {"annotations": {ARCHIVE_ANNOTATION: annotation}}
    return {"metadata": {"name": "ci", **annotations}}


def design(annotation: str | None) -> ArchiveDesign:
    """What the archive is like then."""
    wishes, problem = read_wishes(namespace(annotation))
    assert problem == ""
    assert wishes is not None
    return apply_wishes(DESIGN, wishes)


@pytest.mark.parametrize("annotation", [None, "", "  ", "{}", "disabled=false"])
def test_one_that_wishes_nothing(annotation: str | None) -> None:
    assert design(annotation) == DESIGN


@pytest.mark.parametrize(
    "annotation", ["size=20Gi,storageClassName=fast", '{"size": "20Gi", "storageClassName": "fast"}']
)
def test_the_claim(annotation: str) -> None:
    assert design(annotation).data == ClaimDesign("20Gi", "fast")
    assert design(annotation).artifacts == DESIGN.artifacts


def test_what_only_json_can_say() -> None:
    wanted = design('{"resources": {"requests": {"cpu": "1"}}, "artifacts": {"size": "1Ti"}}')
    assert wanted.resources == {"requests": {"cpu": "1"}}
    assert wanted.artifacts == ClaimDesign("1Ti", "shared")
    assert wanted.data == DESIGN.data


def test_how_long_artifacts_are_kept() -> None:
    assert design("artifactsRetentionSeconds=3600").environment == {"ARTIFACT_SECONDS": "3600"}
    given = replace(DESIGN, environment={"ARTIFACT_SECONDS": "60", "LOG_LEVEL": "info"})
    wishes, _ = read_wishes(namespace('{"artifactsRetentionSeconds": 3600}'))
    assert wishes is not None
    assert apply_wishes(given, wishes).environment == {"ARTIFACT_SECONDS": "3600", "LOG_LEVEL": "info"}


@pytest.mark.parametrize(
    ("chart", "storage_class", "annotation", "transport"),
    [
        ("Auto", "", "", "HTTP"),
        ("Auto", "shared", "", "Mount"),
        ("Auto", "", '{"artifacts": {"storageClassName": "shared"}}', "Mount"),
        ("Auto", "shared", '{"artifacts": {"transport": "HTTP"}}', "HTTP"),
        ("Auto", "", '{"artifacts": {"transport": "Mount"}}', "Mount"),
        ("HTTP", "shared", "", "HTTP"),
        ("HTTP", "", '{"artifacts": {"storageClassName": "shared"}}', "HTTP"),
        ("HTTP", "", '{"artifacts": {"transport": "Auto", "storageClassName": "shared"}}', "Mount"),
        ("Mount", "", "", "Mount"),
        ("Mount", "", '{"artifacts": {"transport": "Auto"}}', "HTTP"),
    ],
)
def test_how_files_travel(chart: TransportChoice, storage_class: str, annotation: str, transport: str) -> None:
    given = replace(DESIGN, transport=chart, artifacts=ClaimDesign("5Gi", storage_class), upload_seconds=7)
    wishes, _ = read_wishes(namespace(annotation))
    assert wishes is not None
    use = plan_use(given, wishes)
    assert use == ArchiveUse("Mount" if transport == "Mount" else "HTTP", upload_seconds=7)
    assert apply_wishes(given, wishes).is_mounted == (transport == "Mount")


@pytest.mark.parametrize(
    ("annotation", "is_open"),
    [
        ("", True),
        ("volumePermissions=true", False),
        ('{"volumePermissions": true, "artifacts": {"transport": "HTTP"}}', True),
    ],
)
def test_what_is_given_away_first_is_not_open_before(annotation: str, *, is_open: bool) -> None:
    wishes, _ = read_wishes(namespace(annotation))
    assert wishes is not None
    use = plan_use(DESIGN, wishes)
    assert use is not None
    assert use.is_open is is_open


def test_whose_volumes_they_are() -> None:
    assert design("volumePermissions=true").gives_volumes
    everywhere = replace(DESIGN, gives_volumes=True)
    for annotation, gives in (("", True), ("volumePermissions=false", False), ("size=20Gi", True)):
        wishes, _ = read_wishes(namespace(annotation))
        assert wishes is not None
        assert apply_wishes(everywhere, wishes).gives_volumes is gives


@pytest.mark.parametrize(
    ("level", "gives_volumes", "is_problem"),
    [
        ("restricted", True, True),
        ("restricted", False, False),
        ("baseline", True, False),
        ("privileged", True, False),
        (None, True, False),
    ],
)
def test_what_pod_security_does_not_allow(level: str | None, *, gives_volumes: bool, is_problem: bool) -> None:
    labels = {} if level is None else {"labels": {"pod-security.kubernetes.io/enforce": level}}
    found: dict[str, Any] = {"metadata": {"name": "ci", **labels}}
    problem = find_security_problem(found, replace(DESIGN, gives_volumes=gives_volumes))
    assert bool(problem) is is_problem
    assert not problem or "enforce=restricted of namespace ci does not allow" in problem


@pytest.mark.parametrize("annotation", ["disabled", "disabled=true", '{"disabled": true}', " disabled , size=1Gi"])
def test_one_that_has_none(annotation: str) -> None:
    wishes, _ = read_wishes(namespace(annotation))
    assert wishes is not None
    assert wishes.disabled
    assert plan_use(DESIGN, wishes) is None


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        ("disbled", "disbled: Extra inputs are not permitted"),
        ("size=lots", "size 'lots' is no quantity, such as 10Gi"),
        ("size=0", "size '0' is no quantity"),
        ('{"artifacts": {"size": "many"}}', "size 'many' is no quantity"),
        ("artifactsRetentionSeconds=0", "artifactsRetentionSeconds: Input should be greater than or equal to 1"),
        ("disabled=perhaps", "disabled: Input should be a valid boolean"),
        ("{", "Expecting property name"),
        ("[]", "[]: Extra inputs are not permitted"),
        (
            '{"artifacts": {"transport": "Carrier"}}',
            "artifacts.transport: Input should be 'Auto', 'Mount' or 'HTTP'",
        ),
        ("volumePermissions=perhaps", "volumePermissions: Input should be a valid boolean"),
        ('{"artifacts": {"class": "x"}}', "artifacts.class: Extra inputs are not permitted"),
        ("{" * 100_000, "Expecting property name"),
        ('{"a":' * 100_000, "recursion"),
    ],
)
def test_what_is_wrong_is_told(annotation: str, told: str) -> None:
    wishes, problem = read_wishes(namespace(annotation))
    assert wishes is None
    assert problem.startswith("annotation longshore.dev/archive of namespace ci: ")
    assert told in problem
    assert problem.endswith('or as JSON {"size": "20Gi"}')
