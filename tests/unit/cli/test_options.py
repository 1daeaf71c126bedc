"""Values on the command line."""

import click
import pytest
from longshore.cli.words.options import Duration
from longshore.cli.words.targets import Target


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1d", 86400), ("0s", 0)]
)
def test_duration(text: str, seconds: int) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "m", "5x", "1.5h", "5 m", "-5s", "1h-3m"])
def test_no_duration(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write 90s, 5m or 1h30m"):
        Duration().convert(text, None, None)


@pytest.mark.parametrize(
    ("target", "flags"),
    [
        (Target(), ""),
        (Target(namespace="team"), " -n team"),
        (Target("team", "kind x", "/a b"), " -n team --context 'kind x' --kubeconfig '/a b'"),
    ],
)
def test_the_next_command_means_the_same_cluster(target: Target, flags: str) -> None:
    assert target.flags == flags
