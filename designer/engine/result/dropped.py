"""Requests that services drop: asked for and not served, or, where requests wait, given up for good."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import Store
from designer.engine.spec import Queueing, Spec

ROUNDING = 1e-12
"""The part of the requests below which a difference is rounding."""


def is_fluid(queueing: Queueing | None) -> bool:
    """Whether requests may wait, be given up or come again: then an answer may belong to a request asked before."""
    return queueing is not None and (queueing.waiting > 0.0 or queueing.timeout_s < np.inf or queueing.retries > 0)


def fluid_services(spec: Spec) -> NDArray[np.bool_]:
    """Which services count their requests as a fluid."""
    return np.array([is_fluid(service.queueing) for service in spec.services], np.bool_)


def dropped_rps(spec: Spec, store: Store, width_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Requests a second dropped in the first steps of a run, of these lengths (steps x services)."""
    steps = slice(0, width_s.size)
    asked, served = (np.array(store.arrays[name][steps]) / width_s[:, None] for name in ("requested", "served"))
    dropped = asked - served
    dropped = np.where(np.abs(dropped) <= ROUNDING * asked, 0.0, dropped)
    fluid = fluid_services(spec)
    if fluid.any():
        dropped[:, fluid] = np.array(store.arrays["service_lost"][steps])[:, fluid] / width_s[:, None]
    return dropped
