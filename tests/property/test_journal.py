"""Any Run, its versions seen in any order: the journal counts 1, 2, 3, is never rewritten, and tells all."""

import tempfile
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from longshore.api.records import EventRecord
from longshore.archive.databases import connect
from longshore.archive.journal.differences import Event
from longshore.archive.journal.reads import list_present, read_events, read_run
from longshore.archive.journal.writes import write_deletion, write_events, write_version
from support.archives.runs import fold, summarize
from support.archives.versions import Recorded
from support.planning.feature_graphs import feature_graphs
from support.planning.happenings import COMMON, cancel, crash, evict, let_time_pass, obey, reconcile
from support.planning.runs import NOW, UID
from support.planning.transitions import STEP_ENDS
from support.planning.wishes import answer, suspend

Json = dict[str, Any]
WORLD = st.sampled_from((*COMMON, *COMMON, answer, answer, suspend, evict, cancel, obey))
OPERATOR = st.sampled_from([reconcile, reconcile, crash, let_time_pass])
RANKS = {"Pending": 0, "Running": 1, **{phase.value: 2 for phase in STEP_ENDS}}


class JournalMachine(RuleBasedStateMachine):
    """A Run that goes on, versions of it that are seen in any order, and an archive that may start anew."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.open()
        self.told: list[EventRecord] = []
        self.appended = 0
        self.is_deleted = False
        self.seen: Json | None = None
        """The newest version that was seen."""

    def open(self) -> None:
        """The archive starts."""
        self.connection = connect(Path(self.folder.name) / "archive.db")
        # What a cut of the power would do is not tried here, and waiting for the disk is most of the time.
        self.connection.execute("PRAGMA synchronous = OFF")

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.connection.close()
        self.folder.cleanup()

    @initialize(graph=feature_graphs())
    def make(self, graph: Json) -> None:
        """Someone makes the Run."""
        self.simulation = Recorded(graph)
        self.simulation.settle()

    @rule(history=st.lists(st.tuples(WORLD, OPERATOR, st.integers(0, 31)), min_size=1, max_size=8))
    def go_on(self, history: list[tuple[Any, Any, int]]) -> None:
        """Things happen to the Run, and the operator looks."""
        for world, operator, number in history:
            world(self.simulation, number)
            operator(self.simulation, number)
            self.simulation.record()

    @rule(ages=st.lists(st.integers(0, 15), min_size=1, max_size=4))
    def see(self, ages: list[int]) -> None:
        """Versions are seen: the newest or older ones, for the first time or again."""
        for age in ages:
            self.see_one(self.simulation.versions[-1 - age % len(self.simulation.versions)])

    def see_one(self, run: Json) -> None:
        """A version is seen."""
        is_newer = self.seen is None or _version(run) > _version(self.seen)
        with self.connection as connection:
            assert write_version(connection, run, NOW) == is_newer
        self.seen = run if is_newer else self.seen

    @rule()
    def start_anew(self) -> None:
        """The archive starts anew."""
        self.connection.close()
        self.open()

    @rule()
    def append(self) -> None:
        """Someone else adds an event."""
        if self.seen:
            with self.connection as connection:
                assert write_events(connection, UID, [Event("Note", {})], NOW) == len(self.told) + 1
            self.appended += 1

    @rule()
    def delete(self) -> None:
        """The Run is gone, or it is said again that it is."""
        with self.connection as connection:
            gone = write_deletion(connection, UID, Event("RunDeleted", {}), NOW + timedelta(seconds=1))
        assert gone == (self.seen is not None and not self.is_deleted)
        self.is_deleted |= gone

    @invariant()
    def the_journal_is_right(self) -> None:
        """After each step."""
        self.the_journal_only_grows()
        self.what_is_kept_is_the_newest_that_was_seen()
        self.events_come_to_what_is_kept()
        self.nothing_is_told_twice()

    def the_journal_only_grows(self) -> None:
        """Ids are 1, 2, 3, and what was told stands."""
        events = read_events(self.connection, UID, 0, 1_000_000)
        assert [event.id for event in events] == list(range(1, len(events) + 1))
        assert events[: len(self.told)] == self.told
        self.told = events

    def what_is_kept_is_the_newest_that_was_seen(self) -> None:
        """As a whole."""
        found = read_run(self.connection, UID)
        assert (found.run if found else None) == self.seen
        assert (found is not None and found.deleted is not None) == self.is_deleted
        assert list_present(self.connection) == ([UID] if self.seen and not self.is_deleted else [])

    def events_come_to_what_is_kept(self) -> None:
        """Who knows the events alone knows phases, wishes, questions and answers."""
        if self.seen is None:
            assert not self.told
            return
        spec, status = self.seen["spec"], self.seen.get("status", {})
        assert fold(self.told) == summarize(self.seen)
        assert [event.data["mode"] for event in self.of("CancelRequested")][-1:] == _as_list(spec.get("cancel"))
        assert len(self.of("RunSuspended")) - len(self.of("RunResumed")) == bool(spec.get("suspend"))
        assert [event.data["question"] for event in self.of("QuestionAsked")] == list(status.get("questions", {}))
        given = [(question, user) for question, users in spec.get("answers", {}).items() for user in users]
        assert sorted((event.data["question"], event.data["user"]) for event in self.of("AnswerGiven")) == sorted(
            given
        )
        assert [event.data["outputs"] for event in self.of("RunOutputs")][-1:] == _as_list(status.get("outputs"))

    def nothing_is_told_twice(self) -> None:
        """Beginnings and ends come once, and each transition of a step leads on from the one before."""
        assert len(self.of("RunCreated")) == bool(self.seen)
        assert len(self.of("RunDeleted")) == self.is_deleted
        assert len(self.of("Note")) == self.appended
        phases = [event.data["phase"] for event in self.of("RunPhaseChanged")]
        assert len(phases) == len(set(phases))
        for path in {event.step for event in self.of("StepChanged")}:
            moves = [event for event in self.of("StepChanged") if event.step == path]
            for before, after in pairwise(moves):
                assert _place(before) <= _place(after), (before, after)
                assert (before.attempt, before.data) != (after.attempt, after.data)

    def of(self, kind: str) -> list[EventRecord]:
        """What was told of a type."""
        return [event for event in self.told if event.type == kind]


def _place(event: EventRecord) -> tuple[int, int]:
    return event.attempt or 0, RANKS[str(event.data["phase"])]


def _version(run: Json) -> int:
    return int(run["metadata"]["resourceVersion"])


def _as_list(value: Any) -> list[Any]:
    return [value] if value else []


TestJournal = JournalMachine.TestCase
TestJournal.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
