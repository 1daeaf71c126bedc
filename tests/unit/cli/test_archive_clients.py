"""Requests to the archive: one way for all, opened anew once it is closed; what refusals mean."""

import httpx2
import pytest
from longshore.cli.archives import clients
from longshore.cli.archives.clients import Archive, build_path
from longshore.errors import ForbiddenError, NotFoundError, UnavailableError
from unit.cli.scripts import Answer, Script, ScriptGate, answer, answer_lines

PATH = "/v1/runs"
FINE = answer({"items": []})


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "PAUSE", 0.0)


def test_requests_share_one_way() -> None:
    gate = ScriptGate(Script({PATH: [FINE]}))
    archive = Archive(gate)
    assert gate.opened == 0
    assert [archive.get(PATH), archive.get(PATH, {"limit": "1"})] == [{"items": []}] * 2
    assert gate.opened == 1
    archive.close()
    assert not gate.is_open


def test_a_way_that_closed_is_opened_anew() -> None:
    gate = ScriptGate(Script({PATH: [FINE]}))
    archive = Archive(gate)
    archive.get(PATH)
    gate.is_open = False
    archive.get(PATH)
    assert gate.opened == 2


def test_a_broken_connection_is_tried_again() -> None:
    script = Script({PATH: [httpx2.ConnectError("refused"), answer_lines("{", error=httpx2.ReadError("")), FINE]})
    assert script.open_archive().get(PATH) == {"items": []}


def test_one_that_stays_broken_is_said() -> None:
    script = Script({PATH: [httpx2.ConnectError("refused")]})
    with pytest.raises(UnavailableError, match="the connection to the archive broke: refused"):
        script.open_archive().get(PATH)


@pytest.mark.parametrize(
    ("code", "body", "kind", "message"),
    [
        (404, '{"title": "Not Found", "detail": "there is no run x"}', NotFoundError, "there is no run x"),
        (403, '{"title": "Forbidden"}', ForbiddenError, "Forbidden"),
        (503, "no json", UnavailableError, "the archive answered 503"),
    ],
)
def test_refusals(code: int, body: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=f"^{message}$"):
        Script({PATH: [Answer(code, (body,))]}).open_archive().get(PATH)


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("runs", "a"), "/v1/runs/a"),
        (("runs", "test[3]", 1), "/v1/runs/test%5B3%5D/1"),
        (("runs", "../x?y#z"), "/v1/runs/..%2Fx%3Fy%23z"),
    ],
)
def test_paths_hold_whatever_they_are_given(parts: tuple[object, ...], path: str) -> None:
    assert build_path(*parts) == path
