"""A graph as Mermaid, statement by statement."""

from longshore.cli.views.mermaid import escape, write_mermaid
from support.planning.runs import step, workflow
from unit.cli.samples import done
from unit.cli.test_graphs import RELEASE, sketch

FLOWCHART = """\
---
title: "release"
---
flowchart LR
  s0["build"]
  s1["lint"]
  s2["unit x2"]
  s3["e2e xN"]
  s4["fix"]
  s5["review<br/><small>verify fix, at most 3</small>"]
  s6{{"gate<br/><small>approval</small>"}}
  s7["publish<br/><small>when params.env == #34;prod#34;</small><br/><small>may fail</small>"]
  s0 --> s1
  s0 --> s2
  s0 --> s3
  s3 --> s4
  s4 --> s5
  s1 --> s6
  s2 --> s6
  s5 --> s6
  s0 --> s6
  s6 --> s7
  subgraph finally["finally"]
    s8["clean-up"]
    s9["report<br/><small>repeat, at most 2</small>"]
    s8 --> s9
  end
  s7 --> finally
  s5 -. "at most 3" .-> s4
"""


def test_write_mermaid() -> None:
    assert write_mermaid(sketch(RELEASE)) == FLOWCHART


def test_phases_are_classes() -> None:
    steps = {"end": done("00:01", "00:31"), "graph": {"phase": "Failed"}}
    spec = workflow(step("end"), step("graph", needs="end"))
    lines = write_mermaid(sketch(spec, {"phase": "Failed", "steps": steps})).splitlines()
    assert {"  class s0 succeeded", "  class s1 failed"} <= set(lines)
    assert [line.split()[1] for line in lines if "classDef" in line] == ["succeeded", "failed"]


def test_nothing_of_a_user_is_syntax() -> None:
    # Names of steps may be Mermaid's keywords, and conditions hold anything.
    nasty = 'params.env != "a\\"] --> b; <script>`#1&" %% c'
    lines = write_mermaid(sketch(workflow(step("end"), step("subgraph", when=nasty)), title='a"\\b')).splitlines()
    assert lines[1] == 'title: "a\\"\\\\b"'
    assert lines[4] == '  s0["end"]'
    label = lines[5].removeprefix('  s1["').removesuffix('"]')
    assert label.count("<") == 3  # the line break, and the note's own tags
    assert not set('"`\\&') & set(label)


def test_escape() -> None:
    assert escape('a #1 "b" <c>') == "a #35;1 #34;b#34; #60;c#62;"
