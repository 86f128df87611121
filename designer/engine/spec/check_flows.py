"""Whether the limits and flows of a spec have a meaning: every refusal is a sentence that names the element."""

from __future__ import annotations

import math
from collections.abc import Collection

from designer.engine.spec import Flow, Limit, Spec
from designer.errors import SpecError

COUNTS, WAYS = ("iops", "mibps", "mbps"), ("both", "in", "out")


def check_flows(spec: Spec, loads: Collection[int]) -> None:
    """Raise SpecError for the first limit or flow that has no meaning; `loads` are the ids that may ask."""
    for limit in spec.limits:
        _check_limit(limit)
    if not spec.flows:
        return
    known = {row.id for rows in (spec.domains, spec.hosts) for row in rows} | set(loads)
    limited = {limit.of for limit in spec.limits}
    for flow in spec.flows:
        _check_flow(flow, loads, known, limited)


def _check_limit(limit: Limit) -> None:
    name = limit.name or str(limit.of)
    if limit.counts not in COUNTS or limit.way not in WAYS:
        raise SpecError(f"The limit of {name} counts “{limit.counts}” {limit.way}, which has no meaning.")
    for field in ("rate", "burst", "bucket", "unit_kib"):
        value = getattr(limit, field)
        if not (math.isfinite(value) and value >= 0):
            raise SpecError(f"The limit of {name}: {field} must be a number from 0 on, not {value}.")
    if len(limit.between) not in (0, 2):
        raise SpecError(f"The limit of {name} is between {len(limit.between)} zones; it must be between two.")


def _check_flow(flow: Flow, loads: Collection[int], known: Collection[int], limited: Collection[int]) -> None:
    if flow.vm not in loads:
        raise SpecError(f"A flow belongs to VM {flow.vm}, which is not there.")
    for field in ("most", "io_kib"):
        value = getattr(flow, field)
        if not (math.isfinite(value) and value >= 0):
            raise SpecError(f"A flow of VM {flow.vm}: {field} must be a number from 0 on, not {value}.")
    if not flow.own > 0:
        raise SpecError(f"A flow of VM {flow.vm}: its connections must carry more than {flow.own}.")
    if flow.to and flow.to not in known:
        raise SpecError(f"A flow of VM {flow.vm} goes to {flow.to}, which is not there.")
    missing = [i for i in flow.through if i not in known and i not in limited]
    if missing:
        raise SpecError(f"A flow of VM {flow.vm} goes through {missing[0]}, which is not there.")
