"""The visible part of a run: its newest frame, what was recorded, what happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from designer.engine.result.arrays import Store, open_store
from designer.engine.result.log import Entries
from designer.engine.spec import Spec
from designer.study.frame_file import FrameFile, ids_of
from designer.study.frames import Frame
from designer.study.results.reading import RunResults
from designer.study.results.vm_loads import VmLoads
from designer.study.series import RunSeries, SeriesReader
from designer.study.states import RunState
from designer.study.story import LogRow, Story
from designer.study.summary import Summary, VmFigures, summarize
from designer.study.traffic.at_moment import Traffic, traffic_at
from designer.study.traffic.latency import Latencies
from designer.study.traffic.of_users import UserRates


class RunView:
    """Shows what the engine's process records of a spec. `frame` is the last frame read."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.frame: Frame | None = None
        self._frames: FrameFile | None = None
        self._seen = 0
        self._rows: list[LogRow] = []
        self._story = Story(spec)
        self._reader, self._users = SeriesReader(spec), UserRates(spec)
        self._store: Store | None = None
        self._latencies: tuple[int, list[Latencies]] = (-1, [])
        """How many steps were recorded when they were read, and what was read."""

    def begin(self, folder: Path) -> None:
        """Show what is recorded in a folder from now on, from its beginning."""
        self._store = open_store(folder)
        self._rows.clear()
        self._latencies = -1, []
        self._story = Story(self.spec)

    def add(self, entries: Entries) -> None:
        """Take in what happened since."""
        self._rows.extend(self._story.tell(entries))

    def look(self, folder: Path | None) -> bool:
        """Take the newest frame that the process wrote into the run's folder; True when there is a new one."""
        if self._frames is None:
            path = folder / "frames.bin" if folder else None
            if path is None or not path.exists():
                return False
            ids, vms = ids_of(self.spec)
            self._frames = FrameFile(path, ids, vms)
        newest = self._frames.newest
        if newest == self._seen and self.frame is not None:
            frame = self._frames.later(self.frame, newest)
        else:
            frame = self._frames.read()
        if frame is not None:
            self.frame, self._seen = frame, newest
        return frame is not None

    @property
    def told(self) -> tuple[RunState, float] | None:
        """The state that the process told last and how far the run is, seconds; None before it told any."""
        return None if self._frames is None else (RunState(self._frames.state), self._frames.run_s)

    def series(self) -> RunSeries | None:
        """The recorded series so far, None before the run has begun."""
        return None if self._store is None else self._reader.read(self._store)

    def credits(self, vm_id: int, time_s: float) -> tuple[float, float] | None:
        """CPU credits of a VM, and surplus credits that it owes, at the end of the last recording step that is over by
        a time; None where it has none, or no step is over.
        """
        return None if self._store is None else self._reader.credits_of(self._store, vm_id, time_s)

    def backlog_s(self, vm_id: int, time_s: float) -> float | None:
        """What waits of a VM at the end of the last recording step that is over by a time, in seconds of work at full
        speed; None where it keeps no backlog, or no step is over.
        """
        return None if self._store is None else self._reader.backlog_of(self._store, vm_id, time_s)

    def traffic(self, time_s: float) -> dict[int, Traffic]:
        """The requests to each service, and of users, by id at a moment; none before the run has begun."""
        return traffic_at(self._store, self.spec, time_s, self._users) if self._store is not None else {}

    def log(self) -> list[LogRow]:
        """The log so far; do not change it."""
        return self._rows

    def results(self) -> RunResults | None:
        """The results so far by element; None before the run has begun."""
        return self.reader()()

    def reader(self) -> Callable[[], RunResults | None]:
        """What reads the results so far, on any thread."""
        store, series, spec, names = self._store, self.series(), self.spec, self._story.names
        folder = store.folder if store is not None else None

        def read() -> RunResults | None:
            if store is None or series is None or folder is None:
                return None
            figures = VmFigures.read(folder)
            kept = spec.keep_vm_series and figures is not None
            loads = VmLoads(store.vm_series, figures.size_mhz, series.edges_s) if kept and figures else None
            return RunResults(spec, series, figures, names, loads)

        return read

    def summary(self) -> Summary:
        """The result table of what was recorded so far; no rows before the run has begun."""
        return self.summarizer()()

    def summarizer(self) -> Callable[[], Summary]:
        """What makes the result table of what was recorded so far, on any thread."""
        folder = self._store.folder if self._store is not None else None
        series, spec, names = self.series(), self.spec, self._story.names

        def summarized() -> Summary:
            return summarize(series, spec, VmFigures.read(folder) if folder is not None else None, names)

        return summarized

    def latencies(self) -> list[Latencies] | None:
        """How long user populations have waited for services so far, none where they have no place; None where that is
        to be read first (`latency_reader`)."""
        if not self.spec.latencies or self._store is None:
            return []
        filled, found = self._latencies
        return found if filled == self._store.filled else None

    def latency_reader(self) -> Callable[[], list[Latencies]]:
        """What reads them, on any thread, for `take_latencies`."""
        read = self.summarizer()
        return lambda: read().latencies

    def take_latencies(self, recorded: int, found: list[Latencies]) -> None:
        """Take what was read when `recorded` steps were there."""
        self._latencies = recorded, found

    @property
    def recorded(self) -> int:
        """How much is recorded: another number whenever there is more."""
        return self._store.filled if self._store is not None else -1

    def name(self, element_id: int) -> str:
        """The name of an element of this run, launched instances too."""
        return self._story.name(element_id)

    def close(self) -> None:
        """Let go of the files of the run."""
        self._frames = self._store = None
