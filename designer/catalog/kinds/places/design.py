"""The design itself: the root of the tree. Its fields say when a run starts and how long it lasts."""

from typing import ClassVar, Literal

from designer.catalog.reference.threads import SMT_YIELD
from designer.catalog.rules.values import start_error
from designer.model.element import NAME_LIMIT, Element, choice, field, fraction, quantity
from designer.model.kind import Box, Kind

Policy = Literal["spread", "first_fit", "best_fit", "worst_fit", "most_free_memory", "weighed"]

EnergySplit = Literal["none", "vcpus", "memory"]


class Design(Element, table=True):
    """The whole design."""

    kind: ClassVar[str] = "design"

    foreign_id: str = field("", "Foreign id", editor="hidden", max_length=NAME_LIMIT)
    start_utc: str = field(
        "2026-01-05 00:00",
        "Start (UTC)",
        group="Run",
        max_length=32,
        help="The time at which a run begins. Day curves follow the time zone of each region.",
    )
    until_h: float = quantity(
        6.0,
        "h",
        "Length of a run",
        group="Run",
        gt=0,
        le=24 * 366 * 10,
        help="How much simulated time a run covers.",
    )
    sample_s: float = quantity(
        300.0,
        "s",
        "Recording step",
        group="Run",
        ge=1,
        le=86400,
        help="Series are exact means over steps of this length. Day curves and noise change once a step.",
    )
    seed: int = field(
        1,
        "Seed",
        group="Run",
        ge=0,
        le=2**31 - 1,
        help="The same seed gives the same run, bit for bit.",
    )
    policy: Policy = choice(
        "spread",
        "Placement",
        group="Run",
        help="How a run chooses among the hosts that may take a VM. spread: the fewest vCPUs a core. first_fit: the "
        "first. best_fit and worst_fit: the fullest and the emptiest by vCPUs and memory together. most_free_memory: "
        "the most MiB left. weighed: free memory and vCPUs, each as a part of the most that any has (OpenStack).",
        source="github openstack/nova, weights.py",
        confidence="A",
    )
    energy_split: EnergySplit = choice(
        "none",
        "Energy of VMs",
        group="Run",
        help="How the watts that a host draws idle are split among the VMs on it; the rest is split by the CPU they "
        "use. none: energy is not told of VMs and services. vcpus: by their vCPUs. memory: by their memory.",
    )
    provider_smt_yield: float = fraction(
        SMT_YIELD,
        "SMT yield",
        group="Capacity of providers",
        help="What the second thread of a core adds on rented capacity. Two vCPUs of most instance types share a core: "
        "at 25%, each has 62.5% of its clock while both work. Hosts have a figure of their own.",
        source="general knowledge of the field",
        confidence="C",
    )


DESIGN = Kind(
    "design",
    "Design",
    "design.svg",
    Design,
    inside=(),
    in_palette=False,
    plural="designs",
    value_error=start_error,
    rule_fields=("start_utc",),
    box=Box("free", header=0, padding=24, gap=24),
    help="The whole drawing. Its fields say when a run starts, how long it lasts and with which seed.",
)
