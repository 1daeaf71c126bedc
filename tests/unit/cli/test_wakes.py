"""An archive that sleeps is woken and waited for; where that can't be, the remedy is said."""

import json

import pytest
from longshore.cli.archives import wakes
from longshore.cli.archives.wakes import wake_archive
from longshore.errors import ArchiveError
from unit.cli.samples import Object
from unit.cli.scripts import Script, answer, answer_list, answer_watch, refuse

DEPLOYMENTS = "/apis/apps/v1/namespaces/team/deployments"
ARCHIVE = f"{DEPLOYMENTS}/archive"


def deployment(replicas: int, ready: int) -> Object:
    metadata = {"name": "archive", "uid": "a", "resourceVersion": "1"}
    return {"metadata": metadata, "spec": {"replicas": replicas}, "status": {"readyReplicas": ready}}


def wake(script: Script) -> list[str]:
    """What is told meanwhile."""
    told: list[str] = []
    wake_archive(script.connect(), told.append)
    return told


def test_one_that_serves_is_left_alone() -> None:
    script = Script({ARCHIVE: [answer(deployment(1, 1))]})
    assert wake(script) == []
    assert len(script.asked) == 1


def test_one_that_sleeps_is_woken() -> None:
    script = Script({
        ARCHIVE: [answer(deployment(0, 0))],
        DEPLOYMENTS: [answer_list(deployment(1, 0))],
        f"{DEPLOYMENTS}?watch": [answer_watch(("MODIFIED", deployment(1, 1)))],
    })  # fmt: skip
    assert wake(script) == ["waking the archive of namespace 'team', which is asleep"]
    patch = script.asked[1]
    assert patch.method == "PATCH"
    change = json.loads(patch.content)
    assert change["spec"] == {"replicas": 1}
    assert list(change["metadata"]["annotations"]) == ["longshore.dev/used-at"]


def test_one_that_starts_is_waited_for() -> None:
    starting = [answer(deployment(1, 0))]
    script = Script({ARCHIVE: starting, DEPLOYMENTS: [answer_list(deployment(1, 1))]})
    assert wake(script) == ["waiting for the archive of namespace 'team' to start"]
    assert {request.method for request in script.asked} == {"GET"}


def test_one_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakes, "PATIENCE", 0.0)
    script = Script({
        ARCHIVE: [answer(deployment(1, 0))],
        DEPLOYMENTS: [answer_list(deployment(1, 0))],
        f"{DEPLOYMENTS}?watch": [answer_watch()],
    })  # fmt: skip
    with pytest.raises(ArchiveError, match="is not ready after 0s; see: kubectl describe pods --namespace team"):
        wake(script)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([refuse(404)], "namespace 'team' has no archive: it is made with the first Run"),
        ([refuse(403, "User b cannot")], "cannot see whether namespace 'team' has an archive: User b cannot"),
        (
            [answer(deployment(0, 0)), refuse(403)],
            "sleeps, and you may not wake it: a Run does, or",
        ),
    ],
)
def test_the_remedy_is_said(answers: list[object], said: str) -> None:
    with pytest.raises(ArchiveError, match=said):
        wake(Script({ARCHIVE: answers}))
