"""What runs say of the shipped outages, kept as a file, so that the manual shows it without a run."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from typing import Any

from designer.assets import asset
from designer.study.replay.score import OutageSays

NEVER = "never"
"""An endless time, in the file."""


def kept_text(said: Sequence[OutageSays]) -> str:
    """What was said, as text for a file: an outage a line."""
    rows = [json.dumps(_plain(one), allow_nan=False) for one in said if one.digest]
    return '{"outages": [\n' + ",\n".join(rows) + "\n]}\n"


def _plain(one: OutageSays) -> dict[str, Any]:
    return {
        "id": one.id,
        "values": {name: _finite(value) for name, value in one.values.items()},
        "refused": dict(one.refused),
        "moments": {name: _finite(value) for name, value in one.moments.items()},
        "running": [[round(minute, 4), round(share, 6)] for minute, share in one.running],
        "digest": one.digest,
    }


def _finite(value: float) -> float | str:
    return float(value) if math.isfinite(value) else NEVER


@cache
def kept_answers() -> dict[str, OutageSays]:
    """What runs say of each shipped outage that is played, by id."""
    rows = json.loads(asset("catalog/replayed.json").read_text("utf-8"))["outages"]
    return {row["id"]: _said(row) for row in rows}


def _said(row: dict[str, Any]) -> OutageSays:
    values, moments = ({name: _number(value) for name, value in row[key].items()} for key in ("values", "moments"))
    running = tuple((float(minute), float(share)) for minute, share in row["running"])
    return OutageSays(row["id"], values, row["refused"], row["digest"], moments, running=running)


def _number(told: float | str) -> float:
    return math.inf if told == NEVER else float(told)
