"""Owns a graph as a Mermaid flowchart, for Markdown. Names and texts of users never become syntax."""

from collections.abc import Iterator, Sequence

from longshore.cli.views.sketches import Node, Sketch

# https://mermaid.js.org/syntax/flowchart.html: what a node's brackets mean.
_SHAPES = {"image": ("[", "]"), "agent": ("(", ")"), "workflow": ("[[", "]]"), "approval": ("{{", "}}")}
_CLASSES = {
    "Pending": "fill:#f6f8fa,stroke:#8c959f,color:#57606a",
    "Running": "fill:#ddf4ff,stroke:#0969da,color:#0a3069",
    "Succeeded": "fill:#dafbe1,stroke:#1a7f37,color:#0f5323",
    "Failed": "fill:#ffebe9,stroke:#cf222e,color:#82071e",
    "Skipped": "fill:#f6f8fa,stroke:#8c959f,color:#57606a,stroke-dasharray:2 3",
    "Canceled": "fill:#fbefff,stroke:#8250df,color:#512a97",
}
_SPECIAL = '#"<>`&\\'


def write_mermaid(sketch: Sketch) -> str:
    """The flowchart, a statement a line."""
    return "".join(f"{line}\n" for line in _list_lines(sketch))


def _list_lines(sketch: Sketch) -> Iterator[str]:
    ids = {node.name: f"s{number}" for number, node in enumerate(sketch.nodes)}
    main, finals = sketch.list_part(is_final=False), sketch.list_part(is_final=True)
    yield "---"
    yield f"title: {_quote(sketch.title)}"
    yield "---"
    yield "flowchart LR"
    yield from _list_nodes(main, ids)
    if finals:
        yield '  subgraph finally["finally"]'
        yield from (f"  {line}" for line in _list_nodes(finals, ids))
        yield "  end"
        needed = {need for node in main for need in node.needs}
        yield from (f"  {ids[node.name]} --> finally" for node in main if node.name not in needed)
    for check in sketch.checks:
        yield f'  {ids[check.step]} -. "at most {check.most}" .-> {ids[check.back_to]}'
    yield from _list_classes(sketch.nodes, ids)


def _list_nodes(nodes: Sequence[Node], ids: dict[str, str]) -> Iterator[str]:
    for node in nodes:
        opening, closing = _SHAPES[node.kind]
        name = escape(node.name) + (f" {node.count}" if node.count else "")
        label = "<br/>".join([name, *(f"<small>{escape(note)}</small>" for note in node.notes)])
        yield f'  {ids[node.name]}{opening}"{label}"{closing}'
    for node in nodes:
        yield from (f"  {ids[need]} --> {ids[node.name]}" for need in node.needs)


def _list_classes(nodes: Sequence[Node], ids: dict[str, str]) -> Iterator[str]:
    for phase, style in _CLASSES.items():
        of_phase = [ids[node.name] for node in nodes if node.phase == phase]
        if of_phase:
            yield f"  classDef {phase.lower()} {style}"
            yield f"  class {','.join(of_phase)} {phase.lower()}"


def escape(text: str) -> str:
    """A text that Mermaid shows as it is."""
    return "".join(f"#{ord(character)};" if character in _SPECIAL else character for character in text)


def _quote(text: str) -> str:
    """A YAML string in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
