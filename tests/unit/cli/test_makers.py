"""Making many Runs: in order, a few at once, and what becomes of each when the API server refuses."""

import json
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any

import httpx2
import pytest
from longshore import errors
from longshore.cli.cluster.clusters import Cluster
from longshore.cli.making.makers import MOST_AT_ONCE, make_runs
from longshore.cli.making.submissions import build_batch, build_reference, label_run, parse_labels
from longshore.cli.terminal.outcomes import find_worst
from longshore.cli.views.batches import build_summary, write_end, write_missing
from longshore.cli.views.objects import write_made
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.wishes import Making
from unit.cli.samples import NOW, Object, at, paint, run

LABELS = {"longshore.dev/batch": "b"}


class Server:
    """An API server that answers each create by the parameter `code`; 409 as one that has the Run already."""

    def __init__(self, there: Object | None = None) -> None:
        self.asked: Counter[Any] = Counter()
        self.queries: set[str] = set()
        self._there = there
        self._lock = Lock()

    def connect(self) -> Cluster:
        """The cluster that it is."""
        return Cluster(
            httpx2.Client(base_url="https://api", transport=httpx2.MockTransport(self._respond)), "team"
        )

    def _respond(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(200, json=self._there)
        manifest = json.loads(request.content)
        params = manifest["spec"]["params"]
        with self._lock:
            self.asked[params["n"]] += 1
            self.queries.add(request.url.query.decode())
            is_first = self.asked[params["n"]] == 1
        code = params.get("code", 201)
        if code == 429 and not is_first:
            code = 201
        reason = {"reason": "AlreadyExists"} if code == 409 else {}
        body = manifest if code == 201 else {"message": f"no {params['n']}", "code": code, **reason}
        return httpx2.Response(code, json=body)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.cli.making.makers.sleep", lambda _: None)


def rows(count: int, codes: dict[int, int] | None = None) -> list[Object]:
    params = [{"n": n, **({"code": (codes or {})[n]} if n in (codes or {}) else {})} for n in range(count)]
    return build_batch(build_reference("nightly"), params, Making(name="demo"), LABELS)


def tell(server: Server, runs: list[Object], dry_run: str = "none") -> list[tuple[int, Any]]:
    return [
        (made.row, type(made.error) if made.error else 201) for made in make_runs(server.connect(), runs, dry_run)
    ]


def test_all_are_made_once_and_told_in_order() -> None:
    server = Server()
    assert tell(server, rows(100)) == [(n, 201) for n in range(100)]
    assert server.asked == Counter(range(100))


@pytest.mark.parametrize(
    ("code", "error"), [(422, errors.InvalidError), (400, errors.InvalidError), (409, errors.AlreadyExistsError)]
)
def test_a_row_of_which_something_is_wrong_does_not_keep_the_others(code: int, error: type[Exception]) -> None:
    server = Server(there=rows(1)[0])
    assert tell(server, rows(50, {3: code})) == [(n, error if n == 3 else 201) for n in range(50)]


@pytest.mark.parametrize(
    ("code", "error"),
    [(403, errors.ForbiddenError), (401, errors.UnauthorizedError), (500, errors.UnavailableError)],
)
def test_what_would_befall_all_ends_it(code: int, error: type[Exception]) -> None:
    server = Server()
    told = tell(server, rows(500, {3: code}))
    assert told[3] == (3, error)
    # What was under way already is not lost sight of.
    assert [row for row, _ in told] == list(range(len(told)))
    assert len(told) <= 3 + MOST_AT_ONCE
    assert set(server.asked) == set(range(len(told)))


def test_who_is_throttled_comes_back() -> None:
    server = Server()
    assert tell(server, rows(3, {1: 429})) == [(0, 201), (1, 201), (2, 201)]
    assert server.asked[1] == 2


def test_what_was_made_in_an_earlier_go_is_unchanged() -> None:
    runs = rows(1, {0: 409})
    [made] = make_runs(Server(there=runs[0]).connect(), runs, "none")
    assert (made.is_unchanged, made.error) == (True, None)


@pytest.mark.parametrize(("dry_run", "asked", "query"), [("client", 0, set()), ("server", 2, {"dryRun=All"})])
def test_a_dry_run_makes_nothing(dry_run: str, asked: int, query: set[str]) -> None:
    server = Server()
    assert tell(server, rows(2), dry_run) == [(0, 201), (1, 201)]
    assert (server.asked.total(), server.queries) == (asked, query)


def test_names_and_labels_of_a_batch() -> None:
    base = label_run(build_reference("nightly"), {"team": "web"})
    made = build_batch(base, [{"n": n} for n in range(10)], Making(name="demo"), LABELS)
    assert [item["metadata"]["name"] for item in made] == [f"demo-{n:02}" for n in range(1, 11)]
    assert made[0]["metadata"]["labels"] == {"team": "web", **LABELS}
    assert [item["spec"]["params"]["n"] for item in made] == list(range(10))
    [unnamed] = build_batch(base, [{}], Making(), LABELS)
    assert unnamed["metadata"]["generateName"] == "nightly-"
    with pytest.raises(MistakeError, match="--name has 62 characters of at most 60 for a batch"):
        build_batch(base, [{}] * 10, Making(name="n" * 62), LABELS)


@pytest.mark.parametrize(
    ("text", "labels"), [("", {}), ("a=b", {"a": "b"}), ("a=b,x.y/c=", {"a": "b", "x.y/c": ""})]
)
def test_labels(text: str, labels: dict[str, str]) -> None:
    assert parse_labels(text) == labels


@pytest.mark.parametrize("text", ["a", "=b", "a=b,c"])
def test_what_is_no_label(text: str) -> None:
    with pytest.raises(MistakeError, match="is not of the form name=value"):
        parse_labels(text)


def ended(phase: str, message: str = "", name: str = "demo") -> Object:
    status = {"phase": phase, "message": message, "startTime": at("01:00"), "completionTime": at("01:30")}
    made = run(status)
    return {**made, "metadata": {**made["metadata"], "name": name}}


@pytest.mark.parametrize(
    ("phases", "code"),
    [
        (["Succeeded", "Succeeded"], 0),
        (["Succeeded", "Canceled"], 3),
        (["Canceled", "Failed"], 1),
        (["Running", "Succeeded"], 1),
        (["Succeeded"], 124),
    ],
    ids=["well", "canceled", "failed", "deleted", "timed out"],
)
def test_the_worst_end_is_the_exit_code(phases: list[str], code: int) -> None:
    assert find_worst([ended("Running")] * 2, [ended(phase) for phase in phases]) == code


Line = Callable[[], str]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (lambda: write_end(ended("Succeeded"), NOW), "run.longshore.dev/demo \x1b[32msucceeded\x1b[0m after 30s"),
        (
            lambda: write_end(ended("Failed", "step 'a' failed"), NOW),
            "run.longshore.dev/demo \x1b[31mfailed\x1b[0m after 30s: step 'a' failed",
        ),
        (lambda: write_end(run(), NOW), "run.longshore.dev/demo deleted\x1b[0m"),
        (
            lambda: write_missing([4, 9], 20, is_named=False),
            "error: made 18 of 20 Runs; not those of lines 4, 9; submit a file of these lines for the rest",
        ),
        (
            lambda: write_missing(list(range(2, 14)), 20, is_named=True),
            (
                "error: made 8 of 20 Runs; not those of lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more;"
                " the same command again makes the rest"
            ),
        ),
        (
            lambda: write_made(build_reference("w"), "client", None),
            "run.longshore.dev/<unknown> created (dry run)\n",
        ),
        (lambda: write_made(run(), "server", None), "run.longshore.dev/demo created (server dry run)\n"),
        (lambda: write_made(run(), "none", "name"), "run.longshore.dev/demo\n"),
    ],
)  # fmt: skip
def test_lines(line: Line, text: str) -> None:
    assert line() == text


def test_the_summary() -> None:
    made = [run()] * 14
    failed = [ended("Failed", "step 'a' failed (Error)\nand more", f"demo-{n:02}") for n in range(12)]
    painted = paint(*build_summary(made, [ended("Succeeded"), *failed], "longshore.dev/batch=b", " -n team"))
    assert painted.splitlines() == [
        "14 runs: 1 succeeded, 12 failed, 1 go on, the timeout has passed",
        *(f"  ✘ demo-{n:02}  step 'a' failed (Error) and more" for n in range(10)),
        "  and 2 more",
        "  next: kubectl longshore explain demo-00 -n team",
    ]
    assert paint(*build_summary([run()], [ended("Succeeded")], "", "")) == "1 runs: 1 succeeded\n"
