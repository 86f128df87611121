"""Where data may be: countries, and the strategies of disaster recovery with what they can promise."""

from __future__ import annotations

from typing import Any, Literal

from designer.catalog.reference.ec2 import ec2
from designer.catalog.rules.values import time_zone_error
from designer.model.element import Element, choice, field, seconds
from designer.words import tr

Strategy = Literal["none", "backup", "pilot_light", "warm_standby", "active_active"]

EU = frozenset(
    code
    for row in (
        "AT,BE,BG,CY,CZ,DE,DK,EE,ES,FI,FR,GR,HR,HU",
        "IE,IT,LT,LU,LV,MT,NL,PL,PT,RO,SE,SI,SK",
    )
    for code in row.split(",")
)
"""Members of the European Union by ISO 3166 (europa.eu, 2020 on: 27)."""
LEAST_RTO_S: dict[str, float] = {"backup": 3600.0, "pilot_light": 600.0, "warm_standby": 60.0, "active_active": 0.0}
"""The shortest time in which a strategy brings a service back: hours, tens of minutes, minutes, none (AWS whitepaper
“Disaster recovery of workloads on AWS”, four strategies; their lower ends are an assumption, confidence C)."""
STRATEGIES = "AWS whitepaper: Disaster recovery of workloads on AWS, four strategies"
GROUP = "Disaster recovery"
STANDBY = ("strategy", "pilot_light", "warm_standby", "active_active")
PLANNED = ("strategy", "backup", *STANDBY[1:])


def residency_field() -> Any:
    """The field of where the data of a service may be."""
    return field(
        "",
        "Data stays in",
        group="Objective",
        editor="id",
        max_length=200,
        help="Codes of countries, like DE, FR, or EU for its members; empty: anywhere. What serves it, what it depends "
        "on and their backups must be in regions there, or there is a finding. It does not affect a run.",
    )


def strategy_field() -> Any:
    """The field of how a service comes back when its region is lost."""
    return choice(
        "none",
        "Strategy",
        group=GROUP,
        help="How the service comes back when its region is lost. It is compared with the times below and does not "
        "affect a run. none: not at all.",
        source=STRATEGIES,
        confidence="A",
    )


def standby_field() -> Any:
    """The field of the region that takes over."""
    return _code("Standby region", GROUP, "The code of the region that takes over, like eu-central-1.", STANDBY)


def backups_elsewhere_field() -> Any:
    """The field of the region to which backups are copied."""
    return _code("Backups copied to", "Backups", "The code of another region to which backups are copied, like "
                 "eu-central-1; empty: they stay in their own.", None)  # fmt: skip


def _code(title: str, group: str, help: str, when: tuple[str, *tuple[str, ...]] | None) -> Any:
    return field("", title, group=group, editor="id", max_length=40, help=help, when=when)


def objective_s(title: str, help: str) -> Any:
    """The field of a wanted RTO or RPO."""
    return seconds(0.0, title, group=GROUP, zero="none", help=help, when=PLANNED)


def interval_field() -> Any:
    """The field of how often a backup is made."""
    return field(
        24.0,
        "Backup every",
        unit="h",
        group="Backups",
        zero="never",
        ge=0,
        le=24 * 366,
        help="Without a replica, what was written since the last backup is lost with the data: a scenario tells how "
        "much.",
        source="an assumption: a backup a day is usual (RDS makes one by default)",
        confidence="C",
    )


def job_field() -> Any:
    """The field of how often the volumes of a datastore are backed up together."""
    return field(
        0.0,
        "Volumes backed up every",
        unit="h",
        group="Backups",
        zero="each by itself",
        ge=0,
        le=24 * 366,
        help="A job that backs up all its volumes, beside their own backups: the younger one counts. A scenario that "
        "loses data for good tells what was written since.",
    )


def backup_time_field() -> Any:
    """The field of the time of day at which backups are made."""
    return field(
        0.0,
        "Backups at (local time)",
        unit="h",
        group="Backups",
        zero="the start of a run",
        ge=0,
        le=24,
        when=("backup_h", "> 0"),
        help="The time of day at which a job runs in the time zone of its region (without one: UTC), and again after "
        "each interval; 24: midnight. 0: jobs run at the start of a run. A scenario that loses data for good tells "
        "what was written since.",
    )


def kept_field() -> Any:
    """The field of how long a backup is kept."""
    return field(
        168.0,
        "Backups kept for",
        unit="h",
        group="Backups",
        zero="for good",
        ge=0,
        le=24 * 3660,
        help="A backup is deleted after this time. Where that is before the next one is made, there is none "
        "in between, and what is lost then is gone. It acts in scenarios that lose data for good.",
        source="Amazon RDS user guide: 7 days where the console makes a database; 0 to 35 are possible",
        confidence="B",
    )


def restore_field() -> Any:
    """The field of how long it takes to bring data back from a backup."""
    return field(
        0.0,
        "Restored within",
        unit="h",
        group="Backups",
        zero="nobody restores it",
        ge=0,
        le=24 * 366,
        help="When it is lost for good by itself in a scenario, it is back from its backup after this time, with what "
        "had been written until then. Its VMs start again.",
    )


def encrypted_field() -> Any:
    """The field of whether data is encrypted at rest."""
    return field(True, "Encrypted", group="Security", help="Data at rest is encrypted. It does not affect a run.")


def countries(text: str) -> frozenset[str]:
    """The countries that a text like “DE, EU” names."""
    named = {part.strip().upper() for part in text.split(",")} - {""}
    return frozenset(named - {"EU"} | (EU if "EU" in named else frozenset()))


def country_of(code: str) -> str | None:
    """The country of a provider's region by its code; None where it is not known."""
    known = ec2().regions.get(code)
    return known.country if known is not None else None


def service_error(service: Element) -> str | None:
    """What is wrong with the time zone, the countries or the standby region of a service."""
    fields = service.__dict__
    for name in sorted(countries(fields["residency"])):
        if not (len(name) == 2 and name.isalpha() and name.isascii()):
            return tr("“{0}” is not the code of a country; write them like DE, FR, or EU", name)
    return time_zone_error(service) or _code_error(fields["standby_region"])


def backups_error(database: Element) -> str | None:
    """What is wrong with the region to which backups are copied."""
    return _code_error(database.__dict__["backup_region"])


def _code_error(code: str) -> str | None:
    if not code or code in ec2().regions:
        return None
    return tr("“{0}” is not the code of a region; write one like eu-central-1", code)
