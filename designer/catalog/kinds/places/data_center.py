"""A data center: racks and hosts. VMs of hosts in no cluster restart within it."""

from typing import ClassVar

from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.rules.terms.paying import spent
from designer.catalog.rules.terms.uplink import uplink_trip
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, fraction, quantity, seconds
from designer.model.kind import Box, Kind
from designer.words import tr


class DataCenter(Repaired, table=True):
    """A data center."""

    __tablename__ = "data_center"
    kind: ClassVar[str] = "data_center"

    pue: float = quantity(
        1.0,
        "",
        "PUE",
        group="Power",
        ge=1,
        le=10,
        help="What the data center draws as a multiple of its IT, at the IT load it is made for. 1: only IT is told. "
        "Own data centers have 1.63 on average, clouds 1.14 to 1.25.",
        source="sustainability.aboutamazon.com and aws.amazon.com: PUE of AWS, of clouds and of own data centers",
        confidence="A",
    )
    pue_fixed_frac: float = fraction(
        0.3,
        "Fixed part",
        group="Power",
        help="The part of what it draws beside IT that does not fall with the load.",
        source="assumption",
        confidence="C",
    )
    pue_cooling_frac: float = fraction(
        0.7,
        "Part for cooling",
        group="Power",
        help="The part of what it draws beside IT that is for cooling. The rest is lost in UPSs and wires.",
        source="assumption",
        confidence="C",
    )
    design_w: float = quantity(
        0.0,
        "W",
        "IT load it is made for",
        group="Power",
        zero="all nameplates",
        ge=0,
        le=1e9,
        help="0: the sum of the nameplates of what stands in it.",
    )
    set_c: float = quantity(
        24.0,
        "°C",
        "Temperature",
        group="Heat",
        ge=0,
        le=60,
        help="The temperature at which cooling keeps it. Heat acts once cooling units with a heat capacity cool it.",
        source="general knowledge of the field: 18 to 27 °C",
        confidence="C",
    )
    warming_k_min: float = quantity(
        2.0,
        "K/min",
        "Warms by",
        group="Heat",
        gt=0,
        le=100,
        help="How fast it warms at first without any cooling, at the IT load it is made for.",
        source="derived: air alone at 1 kW a square meter 17 K/min; with racks and building a fifth to a twentieth, 1 "
        "to 3 K/min",
        confidence="B",
    )
    time_constant_s: float = quantity(
        3600.0,
        "s",
        "Time constant",
        group="Heat",
        gt=0,
        le=1e7,
        help="The warmer it is, the more heat the building carries off, so it nears a highest temperature with this "
        "time constant.",
        source="Khankari, ASHRAE Transactions 117(1), 2011: warming slows down exponentially; the value is an "
        "assumption",
        confidence="C",
    )
    shutdown_c: float = quantity(
        45.0,
        "°C",
        "Hosts shut down at",
        group="Heat",
        ge=0,
        le=200,
        help="Hosts protect themselves from heat: they shut down, and stay down until they are switched on again.",
        source="general knowledge of the field: 35 to 45 °C, by the class of the host",
        confidence="C",
    )
    restart_c: float = quantity(
        27.0,
        "°C",
        "Switched on again below",
        group="Heat",
        ge=0,
        le=200,
        help="Hosts that shut down for heat are switched on again once it is no warmer, and cooling units run.",
        source="general knowledge of the field: 27 °C is the highest recommended",
        confidence="C",
    )
    restart_hosts: int = quantity(
        0,
        "",
        "Hosts switched on at once",
        group="Heat",
        ge=0,
        le=1_000_000,
        zero="all",
        help="How many of these hosts people switch on in one step. 0: all.",
    )
    restart_every_s: float = seconds(
        600.0,
        "Time between two steps",
        group="Heat",
        help="How long people wait before they switch on the next hosts.",
        source="assumption",
        confidence="C",
    )
    mtbf_h: float = mtbf(175_200.0)
    mttr_h: float = mttr(4.0)
    mtbf_factor: float = known_within(3.0, "MTBF known within a factor of")
    kwh_usd: float = spent("Price of a kWh", "What its power costs. It does not affect a run.")
    uplink_s: float = uplink_trip("data center")


def heat_error(data_center: Element) -> str | None:
    """Why the temperatures of a data center are out of order, or None."""
    fields = data_center.__dict__
    if fields["set_c"] <= fields["restart_c"] < fields["shutdown_c"]:
        return None
    return tr(
        "{0:g} °C in normal operation, at most {1:g} °C to switch hosts on again, {2:g} °C at which they shut down: "
        "these must rise in this order",
        fields["set_c"],
        fields["restart_c"],
        fields["shutdown_c"],
    )


def _add_to_spec(builder: SpecBuilder, data_center: Element) -> None:
    builder.domain(data_center)


DATA_CENTER = Kind(
    "data_center",
    "Data center",
    "data-center.svg",
    DataCenter,
    inside=("zone", "design"),
    prefix="dc",
    plural="data centers",
    section="places",
    value_error=heat_error,
    rule_fields=("set_c", "restart_c", "shutdown_c"),
    box=Box("free", header=24, padding=8, gap=8, min_w=130, min_h=70),
    help=(
        "A building with racks and hosts. VMs with the recovery rule “cluster” restart on its other hosts, unless "
        "these hosts are in a cluster."
    ),
    add_to_spec=_add_to_spec,
)
