"""A drawing for draw.io: an uncompressed mxfile, containers in containers as they stand, links in a layer each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ElementTree, SubElement, indent

from designer.catalog import KINDS, LINKS
from designer.errors import ExportFileError
from designer.exchange.table_out import whole
from designer.model.element import ROOT_ID, Element, id_text
from designer.model.tree import Tree
from designer.words import tr

QUIET = frozenset(("quiet", "around", "within", "reach"))
"""How links are shown whose layer begins hidden: they would cover the drawing with lines."""
EDGE = "edgeStyle=orthogonalEdgeStyle;html=0;rounded=1;endArrow=block;endFill=1;strokeColor=#8a8f98;"
COLORS = {"places": "#5b7083", "hardware": "#7a6652", "network": "#3b6fb6", "compute": "#2f8f6b", "storage": "#8a5fb0",
          "services": "#b5662b", "sets": "#8a8f98", "more": "#8a8f98"}  # fmt: skip
"""The color of lines by section of the palette."""


def write_drawing(tree: Tree, path: Path, name: str) -> None:
    """Write all that is drawn. Raises ExportFileError."""
    file = Node("mxfile", host="Cloud Designer", compressed="false")
    graph = SubElement(SubElement(file, "diagram", name=_clean(name), id="design"), "mxGraphModel", grid="1")
    cells = SubElement(graph, "root")
    SubElement(cells, "mxCell", id="0")
    SubElement(cells, "mxCell", {"id": "elements", "value": tr("Elements"), "parent": "0"})
    shown = set(_put_boxes(tree, cells))
    if not shown:
        raise ExportFileError(tr("Nothing is drawn."))
    _put_links(tree, cells, shown)
    indent(file)
    with whole(path) as partial:
        ElementTree(file).write(partial, "utf-8", xml_declaration=True)


def _put_boxes(tree: Tree, cells: Node) -> Iterator[int]:
    """Put a box for each element, its container before it; give the ids."""
    for i in tree.subtree(ROOT_ID):
        row = tree.elements[i]
        if i == ROOT_ID or not KINDS[row.kind].drawn:
            continue
        above = "elements" if row.parent == ROOT_ID else id_text(row.parent)
        look = {"value": _clean(row.name), "style": _style(row), **({"visible": "0"} if row.hidden else {})}
        cell = SubElement(cells, "mxCell", {"id": id_text(i), "vertex": "1", "parent": above, **look})
        sizes = {name: f"{row.__dict__[key]:g}" for name, key in zip(("x", "y", "width", "height"), "xywh")}
        SubElement(cell, "mxGeometry", {**sizes, "as": "geometry"})
        yield i


def _style(row: Element) -> str:
    kind = KINDS[row.kind]
    look = f"html=0;whiteSpace=wrap;fontSize=11;strokeColor={COLORS[kind.section]};"
    if kind.container:
        return f"swimlane;startSize={max(kind.box.header, 16):g};collapsible=0;horizontal=1;fillColor=none;{look}"
    return f"rounded=1;arcSize=8;{look}"


def _put_links(tree: Tree, cells: Node, shown: set[int]) -> None:
    layers: dict[str, str] = {}
    for row in sorted(tree.links.values(), key=lambda link: link.id):
        kind = LINKS[row.kind]
        if row.source not in shown or row.target not in shown:
            continue
        quiet = kind.shown in QUIET
        layer = f"{kind.layer}-{'quiet' if quiet else 'lines'}"
        if layer not in layers:
            layers[layer] = layer
            title = tr("{0} links, quiet", kind.layer) if quiet else tr("{0} links", kind.layer)
            begins = {"visible": "0"} if quiet else {}
            SubElement(cells, "mxCell", {"id": layer, "value": title, "parent": "0", **begins})
        ends = {"source": id_text(row.source), "target": id_text(row.target)}
        look = {"value": tr(kind.label) if quiet else "", "style": EDGE}
        cell = SubElement(cells, "mxCell", {"id": id_text(row.id), "edge": "1", "parent": layer, **ends, **look})
        SubElement(cell, "mxGeometry", {"relative": "1", "as": "geometry"})


def _clean(text: str) -> str:
    """A text that XML can hold."""
    return "".join(c if c.isprintable() else " " for c in text)
