"""What a step may write to $LONGSHORE_OUTPUT, and what is said of the rest."""

from typing import Any

import pytest
from longshore.planning.attempts.outputs import parse_outputs

READ = {
    "a line": ("wheel=a.whl\n", {"wheel": "a.whl"}),
    "no newline at the end": ("wheel=a.whl", {"wheel": "a.whl"}),
    "an empty value": ("wheel=", {"wheel": ""}),
    "all after the first =": ("wheel=a=b=c", {"wheel": "a=b=c"}),
    "blanks are the value's": ("wheel= a b ", {"wheel": " a b "}),
    "the last of two counts": ("wheel=1\nwheel=2\n", {"wheel": "2"}),
    "empty lines": ("\n\nwheel=1\n  \n", {"wheel": "1"}),
    "what is not declared is left out": ("wheel=1\nnoise=2\n", {"wheel": "1"}),
    "quotes, dollars and backquotes": ("wheel='\"$(HOME)`$$", {"wheel": "'\"$(HOME)`$$"}),
    "a line ends with a newline alone": (
        "wheel=a\x0bb\x0cc\x1cd\x85e\u2028f\rg\n",
        {"wheel": "a\x0bb\x0cc\x1cd\x85e\u2028f\rg"},
    ),
    "unicode": ("wheel=ünïcödé 🚢", {"wheel": "ünïcödé 🚢"}),
    "JSON is typed": (
        '{"wheel": {"size": [1, 2.5, true, null, "x"]}}',
        {"wheel": {"size": [1, 2.5, True, None, "x"]}},
    ),
    "JSON after blanks": ('\n  {"wheel": 1}\n', {"wheel": 1}),
    "JSON over many lines": ('{\n "wheel":\n 1\n}\n', {"wheel": 1}),
}


@pytest.mark.parametrize(("message", "values"), READ.values(), ids=READ)
def test_outputs_are_read(message: str, values: dict[str, Any]) -> None:
    outputs = parse_outputs(message, ["wheel"], 1)
    assert (outputs.values, outputs.fault) == (values, None)


def test_what_nobody_declared_is_not_looked_at() -> None:
    assert parse_outputs("Traceback (most recent call last):", [], 1).fault is None


INVALID = {
    "nothing": ("", "the step did not write wheel, count to $LONGSHORE_OUTPUT as key=value or as JSON"),
    "one of two": ("wheel=1", "the step did not write count to $LONGSHORE_OUTPUT"),
    "a line of a log": ("wheel=1\nDone!", "output line 'Done!' is not key=value with a key of [a-z_][a-z0-9_]*"),
    "a key in capitals": ("Wheel=1", "output line 'Wheel=1' is not key=value"),
    "a key with a blank": ("wheel =1", "output line 'wheel =1' is not key=value"),
    "a long line is cut": ("x" * 99, f"output line '{'x' * 60}' is not key=value"),
    "JSON that ends too soon": ('{"wheel": 1', "outputs begin as JSON but are none: "),
    "JSON with more after it": ('{"wheel": 1} {', "outputs begin as JSON but are none: "),
    "JSON too deep to read": ('{"wheel": ' + "[" * 4000, "outputs begin as JSON but are none: "),
    "JSON deeper than a status can hold": (
        '{"wheel": ' + "[" * 99 + "]" * 99 + ', "count": 1}',
        "outputs are nested deeper than 64",
    ),
    "an integer beyond 64 bits": (
        f'{{"wheel": {2**63}, "count": 1}}',
        "outputs begin as JSON but are none: 9223372036854775808 is too large",
    ),
    "an integer beyond all bounds": (
        '{"wheel": ' + "9" * 4000 + ', "count": 1}',
        f"outputs begin as JSON but are none: {'9' * 30} is too large",
    ),
    "no number": ('{"wheel": NaN, "count": 1}', "outputs begin as JSON but are none: NaN is no JSON number"),
    "no finite number": ('{"wheel": 1e999, "count": 1}', "outputs begin as JSON but are none: 1e999 is too large"),
    "half a character": ('{"wheel": "\\ud800", "count": 1}', "outputs begin as JSON but are none: "),
}


@pytest.mark.parametrize(("message", "expected"), INVALID.values(), ids=INVALID)
def test_outputs_are_invalid(message: str, expected: str) -> None:
    outputs = parse_outputs(message, ["wheel", "count"], 1)
    assert (outputs.values, outputs.fault) == ({}, "OutputsInvalid")
    assert outputs.message.startswith(expected)
    assert len(outputs.message) < 1024


# The kubelet keeps 4,096 bytes of a message, and 12,288 of all containers of a pod.
LIMITS = [(1, 4096), (2, 4096), (3, 4096), (4, 3072), (5, 2457), (12, 1024)]


@pytest.mark.parametrize(("containers", "limit"), LIMITS)
@pytest.mark.parametrize("letter", ["x", "ü", "🚢"])
def test_a_message_at_the_limit_may_have_lost_its_beginning(containers: int, limit: int, letter: str) -> None:
    size = len(letter.encode())
    room = limit - len("wheel=")
    largest = "wheel=" + letter * ((room - 1) // size)
    assert parse_outputs(largest, ["wheel"], containers).fault is None
    too_large = parse_outputs("wheel=" + letter * -(-room // size), ["wheel"], containers)
    assert too_large.fault == "OutputsTooLarge"
    assert f"{limit:,} bytes" in too_large.message
