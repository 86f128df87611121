"""Datastores spread over hosts over a run: how long each missed copies, how long data was out of reach, what was made
again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.log import HAPPENED
from designer.engine.spec import Spec

FIGURES_OF_STORES = ("degraded_s", "unavailable_s", "rebuilt_gib")
_SPANS = {"degraded": (0, True), "whole": (0, False), "unavailable": (1, True), "available": (1, False)}
"""Which span an entry begins or ends."""


def stores_of(spec: Spec, columns: Mapping[str, NDArray[Any]], time_s: float) -> NDArray[np.float64]:
    """Of each of `Spec.replicated` the figures of `FIGURES_OF_STORES` until a time, by the columns of a log.

    One misses copies from the first loss until what its hosts held is made again, or all of them are back.
    """
    found = np.zeros((len(spec.replicated), len(FIGURES_OF_STORES)))
    at = {one.id: n for n, one in enumerate(spec.replicated)}
    if not at:
        return found
    begun, mine = np.full(found.shape, np.nan), np.flatnonzero(np.isin(columns["id"], list(at)))
    for now_s, code, element, value in zip(*(columns[n][mine].tolist() for n in ("time_s", "what", "id", "value"))):
        n, what = at[element], HAPPENED[code]
        if what == "rebuilt":
            found[n, 2] += value
        if what in _SPANS:
            span, begins = _SPANS[what]
            if begins and np.isnan(begun[n, span]):
                begun[n, span] = now_s
            elif not begins:
                found[n, span] += np.nan_to_num(now_s - begun[n, span])
                begun[n, span] = np.nan
    found += np.nan_to_num(time_s - begun)
    return found
