"""Tables: which ref a revision means, and what is fetched for it."""

import pytest
from longshore_runner.revisions import Refs, Target, candidates, choose_target, parse_refs

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def refs(*names: str, default: str = "") -> Refs:
    return Refs(dict.fromkeys(names, COMMIT), default)


@pytest.mark.parametrize(
    ("revision", "names"),
    [
        ("", ("HEAD",)),
        ("main", ("refs/heads/main", "refs/tags/main")),
        ("refs/pull/1/head", ("refs/pull/1/head",)),
        (COMMIT, (f"refs/heads/{COMMIT}", f"refs/tags/{COMMIT}")),
    ],
)
def test_candidates(revision: str, names: tuple[str, ...]) -> None:
    assert candidates(revision) == names


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        ("", refs()),
        (f"ref: refs/heads/main\tHEAD\n{COMMIT}\tHEAD", refs("HEAD", default="refs/heads/main")),
        (f"{COMMIT}\tHEAD", refs("HEAD")),
        (f"{COMMIT}\trefs/heads/a\n{COMMIT}\trefs/tags/a", refs("refs/heads/a", "refs/tags/a")),
    ],
)
def test_parse_refs(listing: str, expected: Refs) -> None:
    assert parse_refs(listing) == expected


MAIN = Target("branch main", "+refs/heads/main:refs/remotes/origin/main", "refs/remotes/origin/main")


@pytest.mark.parametrize(
    ("revision", "shown", "target"),
    [
        ("", refs("HEAD", default="refs/heads/main"), MAIN),
        ("", refs("HEAD"), Target("HEAD", "+HEAD:refs/remotes/origin/HEAD", "refs/remotes/origin/HEAD")),
        ("", refs(), None),
        ("", refs(default="refs/heads/main"), None),
        ("main", refs("refs/heads/main"), MAIN),
        ("refs/heads/main", refs("refs/heads/main"), MAIN),
        ("main", refs("refs/heads/main", "refs/tags/main"), MAIN),
        ("main", refs("refs/other/refs/heads/main"), None),
        ("v1", refs("refs/tags/v1"), Target("tag v1", "+refs/tags/v1:refs/tags/v1", "refs/tags/v1")),
        (
            "refs/pull/1/head",
            refs("refs/pull/1/head"),
            Target("refs/pull/1/head", "+refs/pull/1/head:refs/remotes/origin/pull/1/head",
                   "refs/remotes/origin/pull/1/head"),
        ),
        ("20240101", refs("refs/tags/20240101"), Target("tag 20240101", "+refs/tags/20240101:refs/tags/20240101",
                                                        "refs/tags/20240101")),
        ("20240101", refs(), Target("commit 20240101", "", "20240101")),
        (COMMIT, refs(), Target(f"commit {COMMIT}", COMMIT, COMMIT)),
        (COMMIT.upper(), refs(), Target(f"commit {COMMIT}", COMMIT, COMMIT)),
        ("0123ABC", refs(), Target("commit 0123abc", "", "0123abc")),
        ("012", refs(), None),
        (f"{COMMIT}0", refs(), None),
        ("nope", refs(), None),
    ],
)  # fmt: skip
def test_choose_target(revision: str, shown: Refs, target: Target | None) -> None:
    assert choose_target(revision, shown) == target
