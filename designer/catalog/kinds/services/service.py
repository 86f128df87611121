"""A service: requests spread over its live members. It drops what they cannot serve."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from designer import units
from designer.catalog.kinds.network.dns_name import led_rps
from designer.catalog.kinds.network.load_balancer import balancer_of, checks_of
from designer.catalog.kinds.services.user_population import mean_rps, users_of
from designer.catalog.rules.depending import needs
from designer.catalog.rules.internet import gateways
from designer.catalog.rules.routes import add_route
from designer.catalog.rules.terms.residency import (
    Strategy,
    objective_s,
    residency_field,
    service_error,
    standby_field,
    strategy_field,
)
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element, choice, field, fraction, quantity, seconds
from designer.model.kind import Box, Kind
from designer.model.tree import Tree

Demand = Literal["constant", "day_curve", "trace"]
ResponseTimes = Literal["mmc", "none"]
Clients = Literal["internet", "inside"]


class Service(Element, table=True):
    """A service."""

    kind: ClassVar[str] = "service"

    demand: Demand = choice("constant", "Requests", group="Load")
    rate_rps: float = quantity(1000.0, "req/s", "Rate", group="Load", ge=0, le=1e9, when=("demand", "constant"))
    day_mean_rps: float = quantity(
        1000.0, "req/s", "Mean rate", group="Load", ge=0, le=1e9, when=("demand", "day_curve")
    )
    day_swing_rps: float = quantity(
        300.0,
        "req/s",
        "Swing",
        group="Load",
        ge=0,
        le=1e9,
        when=("demand", "day_curve"),
        help="How far the peak lies above the mean.",
    )
    day_peak_h: float = quantity(
        20.0, "h", "Peak at (local time)", group="Load", ge=0, lt=24, when=("demand", "day_curve")
    )
    day_noise_rps: float = quantity(
        20.0,
        "req/s",
        "Noise",
        group="Load",
        ge=0,
        le=1e9,
        when=("demand", "day_curve"),
        help="Standard deviation of each sample.",
    )
    time_zone: str = field(
        "UTC", "Time zone of its users", group="Load", editor="time_zone", max_length=64, when=("demand", "day_curve")
    )
    trace: int = field(0, "Trace", group="Load", editor="reference:trace", when=("demand", "trace"))
    trace_row: int = field(0, "Row of the trace", group="Load", ge=0, when=("demand", "trace"))
    trace_peak_rps: float = quantity(
        1000.0, "req/s", "Rate at 100% of the trace", group="Load", ge=0, le=1e9, when=("demand", "trace")
    )
    work_mhz_s: float = quantity(
        5.0,
        "MHz·s",
        "CPU work per request",
        group="Load",
        gt=0,
        le=1e9,
        help="A request of 5 MHz·s keeps one 2,500 MHz vCPU busy for 2 ms.",
    )
    response_times: ResponseTimes = choice(
        "mmc",
        "Response times",
        group="Response",
        help=(
            "M/M/c: by the queueing model of this name. Each vCPU of a running member is a worker; a request takes the "
            "CPU work divided by its MHz. none: no response times."
        ),
        source="Kleinrock, Queueing Systems: Poisson arrivals, exponential work",
        confidence="C",
    )
    work_variation: float = quantity(
        1.0,
        "",
        "Variation of the work",
        group="Response",
        ge=0,
        le=1000,
        when=("response_times", "mmc"),
        help=(
            "Squared coefficient of variation of the CPU work: variance / mean². 0: all requests take the same; 1: "
            "exponential (M/M/c); 4: a few take very long. Other than 1 it is M/G/c: those who wait do so "
            "(1 + variation) / 2 times as long. The mean is exact for one worker; more workers, percentiles and what "
            "finds the queue full are approximations."
        ),
        source="Pollaczek and Khinchine; Lee and Longton. 1 is an assumption",
        confidence="C",
    )
    waiting_most: int = quantity(
        0,
        "",
        "Requests that may wait",
        group="Response",
        zero="no limit",
        ge=0,
        le=1_000_000_000,
        when=("response_times", "mmc"),
        help=(
            "Requests that wait for a worker while all are busy; more are refused at once. 0: no limit: "
            "requests wait as long as they must, and only what is above the capacity is dropped. "
            "A queue adds backlog / capacity to the response times; they are at most those of a full one (M/M/c/K)."
        ),
    )
    timeout_s: float = quantity(
        0.0,
        "s",
        "Client timeout",
        group="Response",
        zero="none",
        ge=0,
        le=3600,
        when=("response_times", "mmc"),
        help="A client gives up after this. The service does the work of that request all the same. 0: never.",
    )
    retries: int = quantity(
        0,
        "",
        "Retries",
        group="Response",
        zero="none",
        ge=0,
        le=20,
        when=("response_times", "mmc"),
        help="How often a client tries again when a request is refused, fails or is late.",
    )
    backoff_s: float = quantity(
        0.1,
        "s",
        "First backoff",
        group="Response",
        ge=0,
        le=3600,
        when=("response_times", "mmc"),
        help="A client waits this long before its first retry, then each time twice as long.",
        source="an assumption: SDKs begin with 0.05 to 1 s",
        confidence="C",
    )
    most_backoff_s: float = quantity(
        20.0,
        "s",
        "Longest backoff",
        group="Response",
        ge=0,
        le=3600,
        when=("response_times", "mmc"),
        source="AWS SDKs, standard retry mode: at most 20 s",
        confidence="B",
    )
    jitter: bool = field(
        True,
        "Jitter",
        group="Response",
        when=("response_times", "mmc"),
        help="Each client waits any time up to the backoff, so that they do not come back together.",
        source="AWS SDKs, standard retry mode: full jitter",
        confidence="B",
    )
    retry_budget_frac: float = quantity(
        0.0,
        "fraction",
        "Retry budget",
        group="Response",
        zero="no limit",
        ge=0,
        le=100,
        when=("response_times", "mmc"),
        help="Retries are at most this fraction of the requests; 0: no limit.",
    )
    clients: Clients = choice(
        "internet",
        "Clients",
        group="Traffic",
        help="internet: answers are sent out to the internet. inside: clients are in the design, and nothing is sent "
        "out. It acts where requests or answers have a size.",
    )
    request_kib: float = quantity(
        0.0,
        "KiB",
        "Request",
        group="Traffic",
        zero="not counted",
        ge=0,
        le=1_000_000,
        help="Size of a request. A run counts what is sent between zones and regions and out: from clients to the "
        "nodes of balancers (without nodes: to the members), and on to members in other zones.",
    )
    answer_kib: float = quantity(
        0.0,
        "KiB",
        "Answer",
        group="Traffic",
        zero="not counted",
        ge=0,
        le=1_000_000,
        help="Size of an answer, which goes back the way of its request.",
    )
    read_kib: float = quantity(
        0.0,
        "KiB",
        "Read for each request",
        group="Traffic",
        zero="not counted",
        ge=0,
        le=1_000_000,
        help="What a member reads from each database, bucket and function that the service depends on; a database "
        "sends it from the zone of its primary.",
    )
    slo_frac: float = fraction(
        0.0,
        "SLO",
        group="Objective",
        zero="none",
        help="The share of requests that a run must serve; 0: no promise. A run that serves less has a finding.",
    )
    down_below_frac: float = quantity(
        0.95,
        "fraction",
        "Down below",
        group="Objective",
        gt=0,
        le=1,
        help="For its availability, the service counts as down while its members could serve less than this part of "
        "the peak of its requests.",
        source="assumption",
        confidence="C",
    )
    residency: str = residency_field()
    strategy: Strategy = strategy_field()
    standby_region: str = standby_field()
    rto_s: float = objective_s("RTO wanted", "How soon the service must be back after its region is lost.")
    rpo_s: float = objective_s("RPO wanted", "How old its data may be then.")
    port: int = quantity(
        443,
        "",
        "Port",
        group="Network",
        ge=1,
        le=65_535,
        help="The port that firewalls and security groups must let in. Otherwise its requests do not arrive.",
    )
    health_check_s: float = seconds(
        60.0,
        "Failure detected after",
        group="Failure",
        help=(
            "Requests to a dead member are dropped until then; afterward the other members get them. A load "
            "balancer has its own times."
        ),
        source="ALB and NLB health checks: interval 30 s, two failures",
        confidence="B",
    )


def _demand(fields: dict[str, Any]) -> spec.Demand:
    if fields["demand"] == "constant":
        return spec.Constant(fields["rate_rps"])
    if fields["demand"] == "day_curve":
        return spec.DayCurve(
            fields["day_mean_rps"],
            fields["day_swing_rps"],
            fields["day_peak_h"],
            fields["day_noise_rps"],
            fields["time_zone"],
        )
    return spec.Recorded(fields["trace"], fields["trace_row"], 0, fields["trace_peak_rps"])


def _queueing(fields: dict[str, Any]) -> spec.Queueing | None:
    if fields["response_times"] == "none":
        return None
    return spec.Queueing(
        waiting=float(fields["waiting_most"]),
        timeout_s=fields["timeout_s"] or math.inf,
        retries=fields["retries"],
        backoff_s=fields["backoff_s"],
        most_backoff_s=fields["most_backoff_s"],
        jitter=fields["jitter"],
        budget=fields["retry_budget_frac"] or math.inf,
        variation=fields["work_variation"],
    )


def _checks(balancers: Sequence[Element]) -> spec.Checks | None:
    """The health checks of the load balancer that finds a dead member first."""
    checks = (checks_of(balancer.__dict__) for balancer in balancers)
    return min(checks, key=lambda one: one.interval_s * one.failures, default=None)


def _add_to_spec(builder: SpecBuilder, service: Element) -> None:
    fields, tree = service.__dict__, builder.tree
    balancers = [tree.elements[i] for i in sorted(tree.sources(service.id, "balances"))]
    ways = tuple(group for group in (tuple(b.id for b in balancers), gateways(builder, service.id)) if group)
    places, serving = needs(builder, service)
    add_route(builder, service)
    builder.services.append(
        spec.Service(
            id=fields["id"],
            demand=_demand(fields),
            work_mhz_s=fields["work_mhz_s"],
            name=fields["name"],
            health_check_s=fields["health_check_s"],
            users=tuple(users_of(tree.elements[i]) for i in sorted(tree.sources(service.id, "uses"))),
            through=ways + places,
            depends=serving,
            reads=tuple(builder.targets(service.id, "reads_from")),
            slo_frac=fields["slo_frac"],
            queueing=_queueing(fields),
            checks=_checks(balancers),
            balancer=balancer_of(builder, balancers),
        )
    )


_RATES = {"constant": "rate_rps", "day_curve": "day_mean_rps", "trace": "trace_peak_rps"}


def _about(tree: Tree, service: Element) -> str:
    """The requests of the service, of its users, and of those whom DNS names lead to it."""
    fields = service.__dict__
    own = fields[_RATES[fields["demand"]]]
    return units.text(own + mean_rps(tree, service.id) + led_rps(tree, service.id), "req/s", 3)


SERVICE = Kind(
    "service",
    "Service",
    "service.svg",
    Service,
    inside=("design",),
    prefix="service",
    plural="services",
    section="services",
    value_error=service_error,
    rule_fields=("time_zone", "residency", "standby_region"),
    is_set=True,
    box=Box(min_w=170, min_h=32),
    help=(
        "Requests per second, spread over the running VMs that are its members. While something it depends on is "
        "down, it drops all requests."
    ),
    add_to_spec=_add_to_spec,
    about_among=_about,
)
