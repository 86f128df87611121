"""Recorded requests as the demand of services."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from designer.commands.imports import Match, add_in_parts
from designer.errors import RuleError
from designer.exchange.matching import Matching, by_place, match
from designer.exchange.traces.loads import listed
from designer.exchange.traces_csv import Traces
from designer.model.project import Project
from designer.words import mark, tr, trn


@dataclass(frozen=True)
class AttachedRequests:
    """Which services follow which rows, and what is left over on either side."""

    origin: str
    matching: Matching

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        number = trn("{0:,} service", "{0:,} services", len(self.matching.rows))
        how = tr("by name") if self.matching.by_name else tr("in row order")
        said = tr("{0} has the requests of {1}, {2}.", number, self.origin, how)
        if self.matching.left_vms:
            said += tr(" Services without a trace keep their own load: {0}.", listed(self.matching.left_vms))
        if self.matching.left_traces:
            said += tr(" Traces without a service: {0}.", listed(self.matching.left_traces))
        return said


def attach_requests(
    project: Project, service_ids: Iterable[int], traces: Traces, how: Match = "name"
) -> AttachedRequests:
    """Add the requests that were recorded as a trace and let services follow it: by name; in row order where the file
    names no rows, where `how` asks for it, or where one service meets one trace.

    A service's rate at 100% of the trace is the highest rate of its row. Raises DesignerError when there is no
    service, a service has two traces, or no name matches.
    """
    chosen = [i for i in service_ids if project.elements[i].kind == "service"]
    if not chosen:
        raise RuleError(tr("There is no service for the requests; place one and connect it with what serves it."))
    names = [project.elements[i].__dict__["name"] for i in chosen]
    in_order = how == "place" or not traces.named or len(names) == len(traces.names) == 1
    matching = (
        by_place(names, len(traces.names)) if in_order else match(names, traces.names, traces.origin, mark("service"))
    )
    peaks = traces.values.max(axis=1)
    values = traces.values / np.where(peaks > 0, peaks, 1.0)[:, None]
    with project.edit(tr("Attach requests of {0}", traces.origin)):
        places = add_in_parts(project, values, traces.step_s, traces.origin)
        for n, row in matching.rows.items():
            trace, place = places[row]
            project.set(chosen[n], demand="trace", trace=trace, trace_row=place, trace_peak_rps=float(peaks[row]))
    return AttachedRequests(traces.origin, matching)
