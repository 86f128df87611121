"""Requests that services drop: asked for and not served, or, where requests wait, given up for good."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import Store
from designer.engine.spec import Spec
from designer.engine.spec.check_balancers import is_fluid

ROUNDING = 1e-12
"""The part of the requests below which a difference is rounding."""


def fluid_services(spec: Spec) -> NDArray[np.bool_]:
    """Which services count their requests as a fluid."""
    return np.array([is_fluid(service.queueing) for service in spec.services], np.bool_)


def most_rps(spec: Spec) -> NDArray[np.float64]:
    """Requests a second that the load balancers of each service pass; inf: any number."""
    return np.array([np.inf if s.balancer is None else s.balancer.most_rps for s in spec.services], np.float64)


def why_limited(most: float) -> str:
    """Why a load balancer drops requests, in words."""
    return f"its load balancer passes {most:,.10g} a second at most"


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
