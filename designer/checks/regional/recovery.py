"""Backups, and whether the strategy of disaster recovery keeps its promise."""

from __future__ import annotations

from collections.abc import Iterator

from designer import units
from designer.catalog.reference.ec2 import Offer, ec2
from designer.catalog.rules.terms.residency import LEAST_RTO_S, countries, country_of
from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.regional.served import codes, depends, region_code, serving, users_of
from designer.checks.standing import names
from designer.checks.view import CheckView
from designer.commands import edit
from designer.errors import RuleError
from designer.model.project import Project
from designer.words import mark, tr

WHITEPAPER = "AWS whitepaper: Disaster recovery of workloads on AWS, four strategies"
TITLES = {
    "backup": mark("backup"),
    "pilot_light": mark("pilot light"),
    "warm_standby": mark("warm standby"),
    "active_active": mark("active-active"),
}
EPHEMERAL = ("instance_store",)
"""Volumes that nobody backs up: they are lost with their host by design."""


def _no_backup(view: CheckView, element_id: int) -> Iterator[Found]:
    fields = view.get(element_id)
    job_h = view.get(fields["parent"]).get("backup_h", 0.0)
    if fields["backup_h"] > 0.0 or job_h > 0.0 or fields.get("type") in EPHEMERAL:
        return
    yield Found(
        tr("{0} has no backup", fields["name"]),
        tr("Replicas repeat a mistake; only a backup brings back what was deleted or overwritten."),
    )


def back_up_daily(project: Project, finding: Finding) -> None:
    """Back up a database or volume once a day."""
    edit.change(project, finding.elements[:1], {"backup_h": 24.0})


def _same_region(view: CheckView, database: int) -> Iterator[Found]:
    fields = view.get(database)
    planned = [i for i in users_of(view, database) if view.get(i)["strategy"] != "none"]
    code = view.value(region_code, database)
    if planned and fields["backup_h"] > 0.0 and fields["backup_region"] in ("", code):
        yield Found(
            tr("Backups of {0} stay in its region", fields["name"]),
            tr("{0} is to come back when the region is lost, and its data is lost with it.", names(view, planned)),
            tuple(planned),
        )


def copy_backups(project: Project, finding: Finding) -> None:
    """Copy the backups of a database to the nearest region where its data may be."""
    database, *services = finding.elements
    view = CheckView(project)
    code = view.value(region_code, database)
    if not code:
        raise RuleError(tr("Choose the code of its region first, so that the nearest other one is known."))
    wanted = [countries(view.get(service)["residency"]) for service in services]
    edit.change(project, [database], {"backup_region": _nearest(code, wanted)})


def _nearest(code: str, wanted: list[frozenset[str]]) -> str:
    """The nearest other region in countries where data may be. Raises RuleError without one."""
    rtt = ec2().rtt_ms
    others = [c for c in ec2().regions if c != code and all(not w or country_of(c) in w for w in wanted)]
    others = [c for c in others if rtt(code, c) is not None]
    if not others:
        raise RuleError(tr("No other region is known in which its data is allowed."))
    return min(others, key=lambda c: (rtt(code, c) or 0.0, c))


def promised_s(view: CheckView, service: int, strategy: str) -> tuple[float, float]:
    """The shortest RTO and RPO of a strategy: the RPO is the age of backups, or how far replicas lag."""
    data = [view.get(i) for i in depends(view, service, "database")]
    if strategy == "backup":
        ages = [fields["backup_h"] * 3600.0 or float("inf") for fields in data]
    else:
        ages = [fields["lag_s"] for fields in data]
    restored = [fields["restore_h"] * 3600.0 for fields in data if strategy == "backup"]
    return max([LEAST_RTO_S[strategy], *restored]), max(ages, default=0.0)


def _too_slow(view: CheckView, service: int) -> Iterator[Found]:
    fields = view.get(service)
    strategy = fields["strategy"]
    if strategy == "none":
        return
    rto_s, rpo_s = promised_s(view, service, strategy)
    missed = []
    if 0.0 < fields["rto_s"] < rto_s:
        missed.append(tr("RTO: {0} wanted, {1} at the least.", _s(fields["rto_s"]), _s(rto_s)))
    if 0.0 < fields["rpo_s"] < rpo_s:
        missed.append(tr("RPO: {0} wanted, {1} old data at the worst.", _s(fields["rpo_s"]), _s(rpo_s)))
    if missed:
        yield Found(
            tr("The strategy “{0}” of {1} misses what is wanted", tr(TITLES[strategy]), fields["name"]),
            " ".join(missed),
            tuple(depends(view, service, "database")) if len(missed) > 1 or missed[0].startswith("RPO") else (),
        )


def _s(seconds: float) -> str:
    return units.text(seconds, "s", 3)


def next_strategy(project: Project, finding: Finding) -> None:
    """Choose the first strategy that promises what is wanted of a service."""
    service = finding.elements[0]
    view = CheckView(project)
    fields = view.get(service)
    for strategy in LEAST_RTO_S:
        rto_s, rpo_s = promised_s(view, service, strategy)
        if rto_s <= (fields["rto_s"] or rto_s) and rpo_s <= (fields["rpo_s"] or rpo_s):
            edit.change(project, [service], {"strategy": strategy})
            return
    raise RuleError(tr("No strategy does: replicas lag by more than the RPO. Lower the replication lag."))


def _types(view: CheckView, service: int) -> dict[str, list[int]]:
    """The instance types of a service, each with its VMs."""
    found: dict[str, list[int]] = {}
    for vm in serving(view, service):
        name = view.get(vm).get("instance_type")
        if name:
            found.setdefault(name, []).append(vm)
    return found


def _not_there(view: CheckView, service: int) -> Iterator[Found]:
    fields = view.get(service)
    code = fields["standby_region"]
    if not code or fields["strategy"] in ("none", "backup"):
        return
    types = view.value(_types, service)
    missing = [name for name in types if ec2().offered(name, code) is Offer.NO]
    if missing:
        yield Found(
            tr("{0} does not offer {1}, which {2} runs on", code, ", ".join(missing), fields["name"]),
            tr("When the region is lost, its VMs cannot be launched there."),
            tuple(vm for name in missing for vm in types[name]),
        )


def offering_region(project: Project, finding: Finding) -> None:
    """Choose the nearest standby region that offers all instance types of a service."""
    service = finding.elements[0]
    view = CheckView(project)
    types, here = view.value(_types, service), codes(view, service)
    wanted = countries(view.get(service)["residency"])
    rtt = ec2().rtt_ms
    home = min(here, default=view.get(service)["standby_region"])
    found = [
        code
        for code in ec2().regions
        if code not in here
        and (not wanted or country_of(code) in wanted)
        and rtt(home, code) is not None
        and all(ec2().offered(name, code) is Offer.YES for name in types)
    ]
    if not found:
        raise RuleError(tr("No other region offers all of them; choose other instance types."))
    edit.change(project, [service], {"standby_region": min(found, key=lambda code: (rtt(home, code) or 0.0, code))})


CHECKS = (
    Check(
        "REL-12",
        "Data without a backup",
        "medium",
        "What is deleted or overwritten by mistake is gone for good: how much is lost is not bounded.",
        "AWS Well-Architected Framework, reliability pillar, REL09: back up data",
        ("database", "volume"),
        _no_backup,
        Fix("Back up once a day", back_up_daily),
    ),
    Check(
        "REL-13",
        "Backups in the region that may be lost",
        "medium",
        "A service that must survive the loss of its region finds no data elsewhere.",
        "AWS Well-Architected Framework, reliability pillar, REL09 and REL13",
        ("database",),
        _same_region,
        Fix("Copy the backups to the nearest other region", copy_backups),
    ),
    Check(
        "REL-14",
        "Disaster recovery that misses its objective",
        "high",
        "The strategy brings the service back later, or with older data, than is wanted.",
        WHITEPAPER,
        ("service",),
        _too_slow,
        Fix("Choose the first strategy that does", next_strategy),
    ),
    Check(
        "REL-15",
        "Standby region without the instance type",
        "medium",
        "The failover launches nothing: the region does not offer the type.",
        "EC2 instance type offerings by location",
        ("service",),
        _not_there,
        Fix("Choose the nearest region that offers them", offering_region),
    ),
)
