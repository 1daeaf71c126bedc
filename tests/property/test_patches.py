"""A merge patch between any two statuses turns one into the other, as RFC 7386 has it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from longshore.planning.patches import build_merge_patch
from support.objects import merge

LEAVES = st.one_of(
    st.booleans(), st.integers(0, 3), st.text("ab", max_size=2), st.lists(st.integers(0, 2), max_size=2)
)
NAMES = st.text("xyz", min_size=1, max_size=1)
OBJECTS = st.recursive(
    st.dictionaries(NAMES, LEAVES), lambda inner: st.dictionaries(NAMES, st.one_of(LEAVES, inner)), max_leaves=8
)


@given(old=OBJECTS, new=OBJECTS)
def test_a_patch_turns_the_old_into_the_new(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert merge(old, build_merge_patch(old, new)) == new


@given(same=OBJECTS)
def test_nothing_changed_is_no_patch(same: dict[str, Any]) -> None:
    assert build_merge_patch(same, same) == {}
