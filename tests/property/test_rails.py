"""What is drawn beside a list of steps says exactly what each needs: a reader gets the graph back from it."""

from hypothesis import given
from hypothesis import strategies as st
from longshore.cli.views.rails import Row, draw_rails, reduce_needs

ROOT = "root"
Needs = dict[str, list[str]]


@st.composite
def graphs(draw: st.DrawFn) -> Needs:
    """Up to fifteen steps, each after what it needs; what needs nothing hangs from the root."""
    needs: Needs = {ROOT: []}
    for index in range(draw(st.integers(1, 15))):
        earlier = list(needs)[1:]
        wanted = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=4)) if earlier else []
        needs[f"s{index}"] = wanted or [ROOT]
    return needs


class Reader:
    """Follows lines with a finger: which steps lead into each column."""

    def __init__(self) -> None:
        self.columns: dict[int, set[str]] = {}

    def read(self, row: Row) -> set[str]:
        """What the step of a row needs."""
        line, place = f"{row.before}●{row.after} ", len(row.before)
        for index in [index for index in self.columns if line[index : index + 1] in {"", " ", "─", "╮"}]:
            del self.columns[index]  # nothing needed the step above
        ends = [index for index in self.columns if line[index : index + 1] in {"╰", "┴", "╯", "●"}]
        left, right = self._walk(line, place, -1), self._walk(line, place, 1)
        is_out = bool(right) and line[right[-1]] in "╮┤"
        lines = left if is_out else [*left, *right]
        needs = {need for index in lines if line[index] in "├┼╰┴╯" for need in self.columns[index]}
        if not left:
            needs |= self.columns.get(place, set())
        for index in ends:
            if index == place or index in lines:
                del self.columns[index]
        self.columns.setdefault(right[-1] if is_out else place, set()).add(row.name)
        return needs

    def _walk(self, line: str, place: int, direction: int) -> list[int]:
        """The columns that the line from the step passes, up to where it ends."""
        passed = []
        index = place
        while line[index + direction : index + direction + 1] == "─":
            index += 2 * direction
            passed.append(index)
        return passed


@given(graphs())
def test_a_reader_gets_the_graph_back(needs: Needs) -> None:
    order = list(needs)
    reader = Reader()
    read = {row.name: reader.read(row) for row in draw_rails(order, needs)}
    assert read == {name: set(found) for name, found in reduce_needs(order, needs).items()}


@given(graphs())
def test_each_step_has_a_row(needs: Needs) -> None:
    assert [row.name for row in draw_rails(list(needs), needs)] == list(needs)
