"""A serverless function: runs its code for each request, up to a limit of concurrent requests. It fails with its
region."""

from typing import ClassVar

from designer import units
from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.rules.serving import serve
from designer.catalog.rules.terms.paying import own_price
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind


class Function(Repaired, table=True):
    """A serverless function."""

    kind: ClassVar[str] = "function"

    concurrency: int = quantity(
        1000,
        "",
        "Concurrency",
        group="Limit",
        ge=1,
        le=1_000_000,
        help="The most requests that run at the same time. Requests above it are dropped.",
        source="AWS Lambda quotas: 1,000 concurrent executions in a region",
        confidence="C",
    )
    duration_s: float = quantity(
        0.1,
        "s",
        "Time per request",
        group="Limit",
        gt=0,
        le=900,
        help="Concurrency divided by this is the most requests a second.",
    )
    mtbf_h: float = mtbf(43_800.0)
    mttr_h: float = mttr(1.0)
    mtbf_factor: float = known_within(5.0, "MTBF known within a factor of")
    memory_mib: float = quantity(
        128.0, "MiB", "Memory", group="Cost", ge=128, le=10_240,
        help="What its computing is billed by. It does not affect a run.",
        source="AWS Lambda: 128 MB unless told otherwise", confidence="B",
    )  # fmt: skip
    own_usd_month: float = own_price()


def _limit_rps(function: Element) -> float:
    fields = function.__dict__
    return float(fields["concurrency"] / fields["duration_s"])


def _add_to_spec(builder: SpecBuilder, function: Element) -> None:
    serve(builder, function, _limit_rps(function), function.__dict__["concurrency"])


def _about(function: Element) -> str:
    return f"≤ {units.text(_limit_rps(function), 'req/s', 3)}"


FUNCTION = Kind(
    "function",
    "Function",
    "function.svg",
    Function,
    inside=("region",),
    prefix="fn",
    plural="functions",
    section="compute",
    box=Box(min_w=150, min_h=32),
    help="Serves requests of its service without a VM, up to its limit. Fails with its region, not with a zone.",
    add_to_spec=_add_to_spec,
    about=_about,
)
