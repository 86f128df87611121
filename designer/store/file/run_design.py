"""The design a saved run was made of: a project file of its own among the blocks of the run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from designer.collector import collector_off
from designer.engine.result.blocks import DESIGN, SavedRun, blocks_of, columns_of
from designer.errors import EngineError, FileError
from designer.model.element import Element, Link
from designer.store.file import project_file
from designer.store.file.check import settle
from designer.store.file.content import content_of
from designer.store.file.project_file import Stamp


def fingerprint(rows: Iterable[Element | Link]) -> str:
    """Equal for equal designs, whatever file they are in."""
    return settle({**content_of(rows), "meta": []})


def with_design(kept: SavedRun, rows: Iterable[Element | Link]) -> SavedRun:
    """A saved run with the design it was made of, which goes on changing. It may take long for a large one."""
    rows = list(rows)
    data = project_file.pack(rows, Stamp("run", "run"))
    design = blocks_of({DESIGN: np.frombuffer(data, np.uint8)})
    others = (block for block in kept.blocks if block.name != DESIGN)
    return replace(kept, design_sha256=fingerprint(rows), blocks=(*others, *design))


def design_of(kept: SavedRun) -> list[Element | Link]:
    """The rows of the design a run was made of, read with all checks of a file. Raises EngineError."""
    held = columns_of(block for block in kept.blocks if block.name == DESIGN)
    with collector_off(), tempfile.TemporaryDirectory(prefix="cloud-designer-run-") as folder:
        path = Path(folder) / f"design{project_file.SUFFIX}"
        try:
            path.write_bytes(held[DESIGN].tobytes())
            rows, found = project_file.design_rows(path)
        except (KeyError, FileError, OSError):
            raise EngineError("The design of the saved run cannot be read. Run the design again.") from None
    if found != kept.design_sha256:
        raise EngineError("The design of the saved run is damaged. Run the design again.")
    return rows
