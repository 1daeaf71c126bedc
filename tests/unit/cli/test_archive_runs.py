"""Runs that the cluster has no more, found by name, and listed."""

from itertools import islice

import pytest
from click import unstyle
from longshore.cli.archives.runs import Found, find_anywhere, list_archived
from longshore.cli.views.descriptions import describe_run
from longshore.cli.views.pasts import COLUMNS, MESSAGE, WIDE
from longshore.cli.views.sizes import write_size
from longshore.cli.views.tables import fit_table
from longshore.errors import NotFoundError
from unit.cli.samples import NOW, Object, at, failed_run, run
from unit.cli.scripts import RUNS, Answer, Script, answer, answer_list, refuse

DELETED = "2026-01-03T00:00:00Z"


def open_script(*archived: Answer) -> Script:
    """A cluster that has one Run, and an archive."""
    demo = f"{RUNS}/demo"
    gone = {f"{RUNS}/gone": [refuse(404, name="gone")], f"{RUNS}/deno": [refuse(404, name="deno")]}
    kept = {"/v1/runs/gone": list(archived), "/v1/runs/deno": list(archived)}
    return Script({demo: [answer(run())], RUNS: [answer_list(run())], **gone, **kept})


def find(script: Script, name: str | None) -> Found:
    return find_anywhere(script.connect(), script.open_archive(), name)


@pytest.mark.parametrize("name", ["demo", "run/demo", None])
def test_the_clusters_comes_first(name: str | None) -> None:
    assert find(open_script(), name) == Found(run())


@pytest.mark.parametrize("name", ["gone", "run.longshore.dev/gone"])
def test_one_that_is_gone(name: str) -> None:
    archived = answer({"run": failed_run(), "deleted": DELETED})
    assert find(open_script(archived), name) == Found(failed_run(), DELETED)


@pytest.mark.parametrize("trouble", [refuse(404), refuse(403)])
def test_one_that_there_never_was(trouble: Answer) -> None:
    with pytest.raises(NotFoundError, match="there is no run 'deno' in namespace 'team'; did you mean 'demo'"):
        find(open_script(trouble), "deno")


def test_a_namespace_without_runs() -> None:
    with pytest.raises(NotFoundError, match="there is no run in namespace"):
        find(Script({RUNS: [answer_list()]}), None)


def record(name: str, **others: object) -> Object:
    known = {"uid": f"u-{name}", "phase": "Failed", "created": at("00:00"), "started": at("00:10")}
    return {"name": name, "workflow": "w", "progress": "1/2", "message": "step a\nfailed", **known, **others}


def test_a_page_is_asked_for_once_it_is_needed() -> None:
    pages = [answer({"items": [record("a"), record("b")], "next": "x"}), answer({"items": [record("c")]})]
    script = Script({"/v1/runs": pages})
    names = (each["name"] for each in list_archived(script.open_archive(), {"phase": "Failed"}))
    assert list(islice(names, 2)) == ["a", "b"]
    assert len(script.asked) == 1
    assert list(names) == ["c"]
    assert script.parameters(1) == {"phase": "Failed", "cursor": "x"}


def test_the_table() -> None:
    runs = [record("a", finished=at("01:10")), record("b", deleted=at("00:40"), message="")]
    table = fit_table([*COLUMNS, *WIDE, MESSAGE], runs, NOW, None)
    assert unstyle(table.write_header() + "".join(table.write_row(each, NOW) for each in runs)).splitlines() == [
        "NAME   WORKFLOW   PHASE    PROGRESS   AGE   DURATION   DELETED   UID   MESSAGE",
        "a      w          Failed   1/2        2m    60s                  u-a   step a failed",
        "b      w          Failed   1/2        2m    30s        80s       u-b",
    ]


def test_a_description_says_that_it_is_from_the_archive() -> None:
    use = {"step": "build", "attempt": 1, "secret": "forge", "revision": "417"}
    lines = list(describe_run(failed_run(), NOW, deleted=DELETED, secrets=[use]))
    place = lines.index("Secrets:")
    assert lines[place + 1] == "  build, attempt 1: forge at revision 417"
    assert f"Deleted:        {DELETED} (this is from the archive)" in lines


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0B"), (999, "999B"), (1000, "1.0KiB"), (1536, "1.5KiB"), (20 << 20, "20MiB"), (3 << 50, "3072TiB")],
)
def test_sizes(size: int, said: str) -> None:
    assert write_size(size) == said
