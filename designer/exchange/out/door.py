"""Writes a design for the program that the end of a file's name says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from designer.errors import ExportFileError
from designer.exchange.out import cloudformation, design_tables
from designer.exchange.out.drawio import write_drawing
from designer.model.tree import Tree
from designer.words import tr

DRAWING = ".drawio"
ENDS = (*design_tables.ENDS, *cloudformation.ENDS, DRAWING)


@dataclass(frozen=True)
class Written:
    """Files that were written, and rows of sort, sentence and those concerned: what they leave out."""

    files: Sequence[Path]
    report: Sequence[tuple[str, str, str]] = ()


def write(tree: Tree, path: Path, name: str) -> Written:
    """Write a design; `name` is its title. Raises ExportFileError."""
    end = path.suffix.lower()
    if end in design_tables.ENDS:
        return Written(design_tables.write_tables(tree, path))
    if end in cloudformation.ENDS:
        files, exported = cloudformation.write_templates(tree, path)
        return Written(files, exported.report())
    if end == DRAWING:
        write_drawing(tree, path, name)
        return Written([path])
    raise ExportFileError(tr("{0}: the name must end in one of {1}.", path.name, ", ".join(ENDS)))
