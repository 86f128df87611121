"""Fields of what an element costs, which several kinds have."""

from typing import Any, Literal

from designer.model.element import choice, quantity

Plan = Literal["on_demand", "reserved_1y", "reserved_3y", "spot"]


def own_price() -> Any:
    """The field of the price that the user pays in place of the list's."""
    return quantity(
        0.0,
        "USD",
        "Own price a month",
        group="Cost",
        zero="list price",
        ge=0,
        le=1e9,
        help="What you pay a month in place of list prices. It does not affect a run.",
    )


def plan_field() -> Any:
    """The field of how an instance is paid for."""
    return choice(
        "on_demand",
        "Paid",
        group="Cost",
        help="reserved: for 1 or 3 years, nothing paid at once. spot: what the provider has to spare. Both are parts "
        "of the price on demand. It does not affect a run.",
        source="ec2instances.info: reserved prices of one type; skypilot-catalog: spot",
        confidence="C",
    )


def spent(title: str, help: str) -> Any:
    """The field of an amount in USD that the user enters."""
    return quantity(0.0, "USD", title, group="Cost", zero="not known", ge=0, le=1e9, help=help)
