"""What servers do in a run of a design, measured by the engine: utilization, power, and what runs on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from designer import engine
from designer.engine.spec import Spec
from designer.errors import DesignerError, EngineError
from designer.study.engine_process import begun_for_study
from designer.words import mark, tr

HOURS_A_YEAR = 8760.0
ENDED = mark("The measurement was canceled.")


@dataclass(frozen=True)
class Measured:
    """Some hosts over a run: how many, mean utilization, the highest of one host at a moment, mean W of all
    together.

    `loads` are the MHz that some applications got in each step, by id.
    """

    servers: int
    mean_frac: float
    peak_frac: float
    mean_w: float
    loads: dict[int, NDArray[np.float64]]

    @property
    def kwh_a_year(self) -> float:
        """Energy of a year at this mean power."""
        return self.mean_w * HOURS_A_YEAR / 1000.0


def measure(spec: Spec, host_ids: Sequence[int], app_ids: Sequence[int] = ()) -> Measured:
    """Run a spec to its end and measure some hosts and applications. Raises SpecError."""
    result = engine.simulate(spec)
    columns = [int(np.flatnonzero(result.ids == host_id)[0]) for host_id in host_ids]
    hours = np.diff(result.edges_s) / 3600.0
    got, capacity = (result.integral(name)[:, columns] for name in ("allocated", "capacity"))
    rows = {int(i): n for n, i in enumerate(result.vm_ids)}
    series = result.vms.series * result.tables.demand.size[:, None] if result.vms.series.size else result.vms.series
    return Measured(
        servers=len(columns),
        mean_frac=float(got.sum() / capacity.sum()) if capacity.sum() > 0 else 0.0,
        peak_frac=float(result.used_most[columns].max(initial=0.0)),
        mean_w=float((result.power_w[:, columns].sum(axis=1) * hours).sum() / hours.sum()),
        loads={i: series[rows[i]] for i in app_ids if i in rows and series.size},
    )


class Meter:
    """Measures in a separate process, so the window stays responsive; the first order starts it."""

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._ended = False
        self._starting = Lock()

    def measure(self, spec: Spec, host_ids: Sequence[int], app_ids: Sequence[int] = ()) -> Measured:
        """Like the function `measure`; waits for it. Raises DesignerError, also when the process was ended."""
        pipe = self._started()
        try:
            pipe.send((spec, tuple(host_ids), tuple(app_ids)))
            found = pipe.recv()
        except (OSError, EOFError):
            raise EngineError(tr(ENDED)) from None
        if isinstance(found, DesignerError):
            raise found
        assert isinstance(found, Measured)
        return found

    def _started(self) -> Connection:
        with self._starting:
            if self._ended:
                raise EngineError(tr(ENDED))
            if self._pipe is None:
                self._process, self._pipe = begun_for_study(_serve, "meter")
            return self._pipe

    def close(self) -> None:
        """End the process, also during its work; no other is started."""
        with self._starting:
            self._ended = True
            if self._process is not None:
                self._process.kill()
                self._process.join(2.0)


def _serve(orders: Connection) -> None:
    """Answer orders until the other end closes."""
    while True:
        try:
            spec, host_ids, app_ids = orders.recv()
        except (EOFError, OSError):
            return
        try:
            orders.send(measure(spec, host_ids, app_ids))
        except DesignerError as error:
            orders.send(error)
