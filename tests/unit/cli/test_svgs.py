"""A graph as an SVG: well formed, told in words too, and nothing over anything else."""

from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from longshore.cli.views.svgs import write_svg
from support.planning.runs import step, workflow
from unit.cli.samples import Object, done
from unit.cli.test_graphs import RELEASE, sketch

SVG = "{http://www.w3.org/2000/svg}"
LONG = "x" * 63
NASTY = workflow(
    step("a"),
    step(LONG, needs="a", when='"<&>" != \'"\''),
    step("b" * 63, needs="a"),
    step("c", needs=["a", LONG]),
)
WIDE = workflow(
    step("a"),
    *(step(f"s{index}", needs="a") for index in range(30)),
    step("z", needs=[f"s{index}" for index in range(30)]),
)


def read(spec: Object, status: Object | None = None, title: str = "release") -> ET.Element:
    """The drawing as XML."""
    return ET.fromstring(write_svg(sketch(spec, status, title)))  # noqa: S314 - our own


def list_boxes(root: ET.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each step's box."""
    found = []
    for rect in root.iterfind(f".//{SVG}rect[@class='box']"):
        x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
    return found


@pytest.mark.parametrize("spec", [RELEASE, NASTY, WIDE], ids=["release", "nasty", "wide"])
def test_no_box_is_over_another_or_beyond_the_paper(spec: Object) -> None:
    root = read(spec)
    boxes = list_boxes(root)
    assert len(boxes) == len(spec["steps"]) + len(spec.get("finally", []))
    for (left, top, right, bottom), (left2, top2, right2, bottom2) in combinations(boxes, 2):
        assert right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
    assert min(min(left, top) for left, top, _, _ in boxes) > 0
    assert max(right for _, _, right, _ in boxes) < float(root.attrib["width"])
    assert max(bottom for _, _, _, bottom in boxes) < float(root.attrib["height"])


@pytest.mark.parametrize("spec", [RELEASE, NASTY, WIDE], ids=["release", "nasty", "wide"])
def test_texts_fit_into_their_boxes(spec: Object) -> None:
    for group in read(spec).iterfind(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        for text in group.iterfind(f"{SVG}text") if box is not None else ():
            # The widest of the fonts named, DejaVu Sans Mono, has characters of 0.602 of its size.
            size = 11 if text.attrib["class"] == "note" else 13
            assert box is not None
            end = float(text.attrib["x"]) + len("".join(text.itertext())) * size * 0.602
            assert end <= float(box.attrib["x"]) + float(box.attrib["width"])


def test_it_is_told_in_words() -> None:
    root = read(RELEASE)
    assert root.attrib["role"] == "img"
    named = {element.attrib.get("id") for element in root}
    assert set(root.attrib["aria-labelledby"].split()) <= named
    assert root.findtext(f"{SVG}title") == "release"
    described = root.findtext(f"{SVG}desc") or ""
    assert "review needs fix (verify fix, at most 3)." in described


def test_edges_checks_and_finally() -> None:
    root = read(RELEASE)
    edges = [path.attrib["class"] for path in root.iterfind(f"{SVG}path")]
    # Ten needs before finally, one in it, one from all others to it, and one way back.
    assert (edges.count("edge"), edges.count("edge check")) == (12, 1)
    assert len(root.findall(f"{SVG}rect[@class='frame']")) == 1


def test_phases() -> None:
    steps = {"a": done("00:01", "00:31"), "b": {"phase": "Failed"}}
    root = read(workflow(step("a"), step("b", needs="a")), {"phase": "Failed", "steps": steps}, "demo")
    groups = {group.attrib["class"]: "".join(group.itertext()) for group in root.iterfind(f"{SVG}g")}
    assert "✔ a" in groups["node Succeeded"]
    assert "Succeeded 30s" in groups["node Succeeded"]
    assert "✘ b" in groups["node Failed"]
    assert groups["Failed"] == "✘ demo  Failed"


def test_it_stands_for_itself() -> None:
    text = write_svg(sketch(RELEASE))
    assert "prefers-color-scheme: dark" in text
    assert text.count("http") == 1  # the name of its XML namespace
    assert "<script" not in text
    assert "var(" not in text
