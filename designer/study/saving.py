"""Saving a run: the engine's process packs it piece by piece, and restores it from what was saved."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from designer.engine.result.blocks import DAMAGED, DESIGN, RUN_LIMIT, SAVED, Figure, SavedRun, blocks_of, columns_of
from designer.engine.result.older import lifted
from designer.engine.result.result import RESULT_VERSION
from designer.engine.result.saving import OTHER, spec_digest
from designer.engine.simulation import Simulation
from designer.engine.spec import Spec
from designer.errors import DesignerError, EngineError
from designer.ids import new_id
from designer.study.series import SeriesReader
from designer.study.states import RunState
from designer.study.summary import summarize
from designer.units import text
from designer.words import tr

FIGURES_OF = ("design", "service", "region", "zone")
MOST_FIGURES = 1_000


class Packing:
    """Packs a run into a file of its folder piece by piece, and reports the result: "saved" or "not_saved"."""

    def __init__(self, folder: Path, say: Callable[[str, str], None]) -> None:
        self._folder, self._say = folder, say
        self._pieces: Iterator[SavedRun | None] | None = None

    @property
    def busy(self) -> bool:
        """Whether there are pieces left to pack."""
        return self._pieces is not None

    def begin(self, simulation: Simulation, state: RunState, limit: int) -> None:
        """Start packing a run, which must not advance meanwhile."""
        self._pieces = pack(simulation, state, limit)

    def give_up(self) -> None:
        """Stop packing because the run continues."""
        if self._pieces is not None:
            self._pieces = None
            self._say("not_saved", tr("The run continued before it was saved."))

    def go_on(self) -> None:
        """Pack one more piece, if there is one."""
        if self._pieces is None:
            return
        path = self._folder / SAVED
        try:
            saved = next(self._pieces)
            if saved is not None:
                path.write_bytes(pickle.dumps(saved, pickle.HIGHEST_PROTOCOL))
        except (DesignerError, OSError) as error:
            self._pieces = None
            if self._folder.exists():  # else the run was put away, and nobody asks for it any more
                self._say("not_saved", str(error))
            return
        if saved is not None:
            self._pieces = None
            self._say("saved", str(path))


def pack(simulation: Simulation, state: RunState, limit: int) -> Iterator[SavedRun | None]:
    """Pack a run that is paused or over: None after each piece, the run at the end.

    Raises EngineError when it would take more than `limit` bytes.
    """
    spec, blocks, packed, unpacked = simulation.spec, [], 0, 0
    for block in blocks_of(simulation.columns()):
        packed, unpacked = packed + len(block.data), unpacked + block.size
        if unpacked > RUN_LIMIT:
            raise EngineError(
                tr(
                    "The run is not saved with the design: it records more than {0}. Give it a longer recording step.",
                    text(RUN_LIMIT / 2**20, "MiB"),
                )
            )
        if packed > limit:
            raise EngineError(
                tr(
                    "The run is not saved with the design: it takes more than {0}. Give it a longer recording "
                    "step, or allow more in the list of runs.",
                    text(limit / 2**20, "MiB"),
                )
            )
        blocks.append(block)
        yield None
    yield SavedRun(
        id=new_id(),
        made_s=time.time(),
        seed=spec.seed,
        until_s=spec.until_s,
        sample_s=spec.sample_s,
        time_s=simulation.time_s,
        state=state.name.lower(),
        digest=simulation.result().digest(),
        spec_sha256=spec_digest(spec),
        result_version=RESULT_VERSION,
        events=tuple(simulation.events),
        figures=_figures(simulation),
        blocks=tuple(blocks),
    )


def packed_whole(simulation: Simulation, limit: int) -> SavedRun:
    """A run that is over, packed at once. Raises EngineError as `pack`."""
    *_, saved = pack(simulation, RunState.FINISHED, limit)
    assert saved is not None
    return saved


def _figures(simulation: Simulation) -> tuple[Figure, ...]:
    series = SeriesReader(simulation.spec).read(simulation.store)
    rows = summarize(series, simulation.spec, None, {}).of_kinds(FIGURES_OF)
    found = (
        Figure(row.id, row.name, title, value, unit)
        for row in rows
        for title, (value, unit) in row.values.items()
        if not math.isnan(value)
    )
    return tuple(figure for figure, _ in zip(found, range(MOST_FIGURES)))


def revive(spec: Spec, saved: SavedRun, folder: Path | None = None) -> Simulation:
    """A simulation from a saved run, in memory or in files of a folder.

    Raises EngineError when it is no run of this spec, or incomplete. A run of an older result version has no
    fingerprint of today; each of its blocks has a checksum.
    """
    today = saved.result_version == RESULT_VERSION
    if saved.result_version > RESULT_VERSION or (today and saved.spec_sha256 != spec_digest(spec)):
        raise EngineError(OTHER)
    columns = columns_of(block for block in saved.blocks if block.name != DESIGN)
    simulation = Simulation.revived(spec, lifted(columns, saved.result_version), saved.events, saved.time_s, folder)
    if today and simulation.result().digest() != saved.digest:
        raise EngineError(DAMAGED)
    return simulation
