"""Owns how long steps are taken to run: as is said, else as in earlier Runs, else one unit. Must not plan."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.suggestions import suggest
from longshore.names import get_step_name

UNIT = 1
"""Seconds that a step takes of which nothing is known."""
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds by step or item; what is given comes before what was measured."""

    given: Mapping[str, int] = field(default_factory=dict)
    measured: Mapping[str, int] = field(default_factory=dict)
    runs: tuple[str, ...] = ()
    """Names of the Runs that were measured."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of any step."""
        return not self.given and not self.measured

    def find(self, path: str) -> int | None:
        """Seconds of a step or an item; None: nothing is known."""
        for table in (self.given, self.measured):
            for key in (path, get_step_name(path)):
                if key in table:
                    return table[key]
        return None

    def get(self, path: str) -> timedelta:
        """How long a step or an item is taken to run."""
        seconds = self.find(path)
        return timedelta(seconds=UNIT if seconds is None else seconds)

    def check(self, steps: Iterable[str]) -> None:
        """Raises MistakeError where a duration is given for a step that there is not."""
        known = list(steps)
        for path in self.given:
            if get_step_name(path) not in known:
                hint = suggest(path, known) or f"; there are: {', '.join(known)}"
                raise MistakeError(f"--duration: there is no step {path!r}{hint}")

    def describe(self, ran: Iterable[str]) -> Iterator[str]:
        """Where the durations of the steps that ran come from."""
        if self.is_empty:
            yield "no duration is known, so each step takes 1; say --duration STEP=30s or --from-run RUN"
            return
        if self.runs:
            yield f"durations are those of {list_some(self.runs)}"
        if unknown := [path for path in ran if self.find(path) is None]:
            yield f"no duration is known of {list_some(unknown)}: {UNIT}s each"


def list_some(names: Iterable[str]) -> str:
    """The first of some names, and how many more there are."""
    known = list(names)
    rest = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return ", ".join(known[:MOST_NAMED]) + rest
