"""The work of a sweep, point by point: it can be sent to any process, and gives the same there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

from designer import __version__
from designer.catalog import KINDS, LINKS
from designer.errors import DesignerError
from designer.ids import repeatable_ids
from designer.model.project import Project, snapshot
from designer.model.sent import Row, project_from
from designer.study.availability.answer import Study
from designer.study.cost.bill import bill_of
from designer.study.sweep.answer import SweepAxis, SweptPoint, SweptService
from designer.words import tr


@dataclass(frozen=True)
class SweepWork:
    """A design as plain rows, the axes of the grid, and the services that are asked about."""

    rows: list[Row]
    axes: tuple[SweepAxis, ...]
    services: tuple[int, ...]
    rel_error: float
    program: str = __version__

    @property
    def size(self) -> int:
        """How many points there are."""
        return prod(len(axis.values) for axis in self.axes)

    @cached_property
    def _base(self) -> Project:
        return project_from(KINDS, LINKS, self.rows)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_base"}

    def values(self, number: int) -> tuple[float, ...]:
        """The values of a point."""
        found: list[float] = []
        for axis in reversed(self.axes):
            number, at = divmod(number, len(axis.values))
            found.append(axis.values[at])
        return tuple(reversed(found))

    def point(self, number: int) -> SweptPoint:
        """What becomes of the design at a point. Nothing of it depends on what was asked before, or where."""
        values, design = self.values(number), snapshot(self._base)
        pairs = sorted(zip(self.axes, values, strict=True), key=lambda pair: not pair[0].knob.makes)
        try:
            with repeatable_ids(f"{number}: {values}"):
                for axis, value in pairs:
                    axis.knob.apply(design, value)
                study = Study(design)
        except DesignerError as error:
            return SweptPoint(number, values, reason=str(error))
        found = tuple(self._service(design, study, one) for one in self.services)
        bill = bill_of(design)
        priced = any(line.price is not None for line in bill.lines)
        return SweptPoint(number, values, found, bill.total.usd if priced else None, bill.total.unknown)

    def _service(self, design: Project, study: Study, service_id: int) -> SweptService:
        name = self._base.elements[service_id].__dict__["name"]
        if service_id not in study.structure.services:
            return SweptService(service_id, name, reason=tr("{0} is not in this design.", name))
        try:
            one = study.availability(service_id, rel_error=self.rel_error)
        except DesignerError as error:
            return SweptService(service_id, name, reason=str(error))
        return SweptService(
            service_id, name, one.down, one.outages_h, one.low, one.high, one.method, one.misses
        )  # fmt: skip
