"""Owns how edges run beside a list of steps, as in `git log --graph`: a line a step, and rails to what needs it.

Steps that are needed by the same steps share a rail, so a fork of thirty that joins again takes two. A line that
comes from the left is all that a step needs; else the one from above counts too. Must not know what a step is.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

Needs = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """A step with what stands left of it."""

    name: str
    before: str
    """Up to the place of the step's symbol, which is one character."""
    after: str


@dataclass(eq=False, slots=True)
class _Net:
    """Steps that are needed by the same steps."""

    consumers: set[str]
    sources: set[str] = field(default_factory=set)

    @property
    def is_fork(self) -> bool:
        return len(self.consumers) > 1

    @property
    def is_join(self) -> bool:
        return len(self.sources) > 1


def draw_rails(order: Sequence[str], needs: Needs) -> list[Row]:
    """A row for each step. `order` has each step after what it needs."""
    return _Drawing(_build_nets(order, reduce_needs(order, needs))).draw(order)


def reduce_needs(order: Sequence[str], needs: Needs) -> dict[str, list[str]]:
    """The needs without those that follow from others: what is needed of what is needed."""
    upstream: dict[str, set[str]] = {}
    for name in order:
        upstream[name] = set(needs[name]).union(*(upstream[need] for need in needs[name]))
    return {
        name: [need for need in needs[name] if not any(need in upstream[other] for other in needs[name])]
        for name in order
    }


def _build_nets(order: Sequence[str], needs: Needs) -> dict[str, _Net]:
    """The net that each step feeds; steps that nothing needs have none."""
    consumers: dict[str, list[str]] = {}
    for name in order:
        for need in needs[name]:
            consumers.setdefault(need, []).append(name)
    shared: dict[frozenset[str], _Net] = {}
    nets: dict[str, _Net] = {}
    for name, fed in consumers.items():
        nets[name] = shared.setdefault(frozenset(fed), _Net(set(fed)))
        nets[name].sources.add(name)
    return nets


class _Drawing:
    """The rails while the rows are drawn, from the first to the last."""

    def __init__(self, nets: Mapping[str, _Net]) -> None:
        self._nets = nets
        self._columns: list[_Net | None] = []
        self._left = {net: set(net.consumers) for net in nets.values()}
        """Which consumers are still to come."""
        self._sink = -1
        """Column of the row above, where nothing needs its step: below it would seem to."""

    def draw(self, order: Iterable[str]) -> list[Row]:
        """The rows."""
        return [self._draw_row(name) for name in order]

    def _draw_row(self, name: str) -> Row:
        ins = [index for index, net in enumerate(self._columns) if net and name in self._left[net]]
        for net in {net for index in ins if (net := self._columns[index])}:
            self._left[net].discard(name)
        ended = {index for index in ins if (net := self._columns[index]) and not self._left[net]}
        out = self._nets.get(name)
        place = self._choose_place(ins, ended, out)
        rail = self._choose_rail(place, out)
        row = self._write(name, _Touched(place, rail, ins, ended))
        for index in ended:
            self._columns[index] = None
        if out is not None:
            self._set(place if rail is None else rail, out)
        self._sink = place if out is None else -1
        return row

    def _choose_place(self, ins: Sequence[int], ended: AbstractSet[int], out: _Net | None) -> int:
        """The column of the step: right of all that goes on, so that it is clear where lines come from.

        What joins goes to the left again, so that a long graph is no wider than a short one.
        """
        nets = {index: net for index in ins if (net := self._columns[index])}
        forks = [index for index, net in nets.items() if index not in ended or net.is_fork]
        is_chain = len(ins) == 1 and not forks
        if out is not None and out.is_join:
            return ins[0] if is_chain else self._find_free(max(ins, default=-1) + 1)
        if forks:
            return self._find_free(max(forks) + 1)
        return ins[0] if is_chain and not nets[ins[0]].is_join else self._find_free(0, ins)

    def _choose_rail(self, place: int, out: _Net | None) -> int | None:
        """The column right of the step where its rail is shared; None: it goes straight down, or there is none."""
        if out is None or not out.is_join:
            return None
        known = [index for index, net in enumerate(self._columns) if net is out and index > place]
        return known[0] if known else self._find_free(place + 1)

    def _find_free(self, base: int, freed: Sequence[int] = ()) -> int:
        """The first column from `base` on that has no rail, or one that ends in this row."""
        columns = range(base, len(self._columns))
        free = (
            index
            for index in columns
            if index in freed or (self._columns[index] is None and not (freed and index == self._sink))
        )
        return next(free, max(base, len(self._columns)))

    def _set(self, index: int, net: _Net) -> None:
        self._columns += [None] * (index + 1 - len(self._columns))
        self._columns[index] = net

    def _write(self, name: str, touched: "_Touched") -> Row:
        width = max(len(self._columns), touched.last + 1)
        cells = [self._write_cell(index, touched) for index in range(width)]
        row = "".join(
            cell + ("─" if touched.first <= index < touched.last else " ") for index, cell in enumerate(cells)
        )
        return Row(name, row[: 2 * touched.place], row[2 * touched.place + 1 :].rstrip())

    def _write_cell(self, index: int, touched: "_Touched") -> str:
        net = self._columns[index] if index < len(self._columns) else None
        if index in touched.ins:
            return touched.write_in(index)
        if index == touched.rail:
            return "╮" if net is None else "┤"
        if net is not None:
            return "│"
        return "─" if touched.first < index < touched.last else " "


@dataclass(frozen=True, slots=True)
class _Touched:
    """The columns that a row is about."""

    place: int
    rail: int | None
    ins: Sequence[int]
    ended: AbstractSet[int]

    @property
    def first(self) -> int:
        return min([self.place, *self.ins])

    @property
    def last(self) -> int:
        return max([self.place, *self.ins, -1 if self.rail is None else self.rail])

    def write_in(self, index: int) -> str:
        """The end of a line that comes to the step."""
        if index == self.first:
            return "╰" if index in self.ended else "├"
        if index == self.last:
            return "╯"
        return "┴" if index in self.ended else "┼"
