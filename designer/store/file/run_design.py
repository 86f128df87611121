"""The design of a saved run: a project file among the blocks of the run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from designer.collector import collector_off
from designer.engine.result.blocks import DESIGN, SavedRun, blocks_of, columns_of
from designer.errors import EngineError, FileError
from designer.model.element import Element, Link
from designer.store.file import project_file
from designer.store.file.check import settle
from designer.store.file.content import content_of
from designer.store.file.copies import private_folder
from designer.store.file.project_file import Stamp
from designer.words import tr


def fingerprint(rows: Iterable[Element | Link]) -> str:
    """A hash that is equal for equal designs, in whatever file they are."""
    return settle({**content_of(rows), "meta": []})


def with_design(saved: SavedRun, rows: Iterable[Element | Link]) -> SavedRun:
    """A saved run with its design as it is now. Slow for a large design."""
    rows = list(rows)
    data = project_file.pack(rows, Stamp("run", "run"))
    design = blocks_of({DESIGN: np.frombuffer(data, np.uint8)})
    others = (block for block in saved.blocks if block.name != DESIGN)
    return replace(saved, design_sha256=fingerprint(rows), blocks=(*others, *design))


def design_of(saved: SavedRun) -> list[Element | Link]:
    """The rows of the design of a run, read with all checks of a file. Raises EngineError."""
    columns = columns_of(block for block in saved.blocks if block.name == DESIGN)
    try:
        data = columns[DESIGN].tobytes()
        with collector_off(), private_folder(len(data)) as folder:
            path = folder / f"design{project_file.SUFFIX}"
            path.write_bytes(data)
            rows, found = project_file.design_rows(path)
    except (KeyError, FileError, OSError):
        raise EngineError(tr("The design of the saved run cannot be read. Run the design again.")) from None
    if found != saved.design_sha256:
        raise EngineError(tr("The design of the saved run is damaged. Run the design again."))
    return rows
