"""The field of places over whose uplinks messages go: how long a round trip over it takes."""

from __future__ import annotations

from typing import Any, Literal

from designer.model.element import quantity


def uplink_trip(of: Literal["rack", "data center"]) -> Any:
    """How long a round trip over the uplink of a place takes."""
    return quantity(
        0.0,
        "s",
        "Round trip over its uplink",
        group="Network",
        zero="none",
        ge=0,
        le=1,
        help=f"It comes on top of each round trip that leads out of the {of}. It acts where users of a service have a "
        "place.",
    )
