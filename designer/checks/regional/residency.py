"""Data where it may not be, or that is not encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from designer.catalog.rules.terms.residency import countries, country_of
from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.regional.served import depends, region_code, serving, where
from designer.checks.standing import names
from designer.checks.view import CheckView
from designer.commands import edit
from designer.model.project import Project
from designer.words import tr


def _regions(view: CheckView, service: int) -> list[tuple[str, int]]:
    """The regions, by code, in which a service and its data are, each with an element that is there."""
    found = [(view.value(region_code, i), i) for i in serving(view, service)]
    for other in depends(view, service, "database", "bucket", "function"):
        found += [(view.value(region_code, i), other) for i in where(view, other)]
        if view.kind(other) == "database":
            found.append((view.get(other)["backup_region"], other))
    fields = view.get(service)
    if fields["strategy"] not in ("none", "backup"):
        found.append((fields["standby_region"], service))
    return [(code, i) for code, i in found if code]


def _leaves(view: CheckView, service: int) -> Iterator[Found]:
    wanted = countries(view.get(service)["residency"])
    if not wanted:
        return
    away: dict[str, dict[int, None]] = {}
    for code, element_id in view.value(_regions, service):
        country = country_of(code)
        if country is not None and country not in wanted:
            away.setdefault(f"{code} ({country})", {})[element_id] = None
    if away:
        elements = tuple(dict.fromkeys(i for found in away.values() for i in found if i != service))
        yield Found(
            tr("Data of {0} is in {1}", view.name(service), ", ".join(sorted(away))),
            tr("It must stay in {0}; {1} must not be elsewhere.", view.get(service)["residency"],
               names(view, list(elements or (service,)))),
            elements,
        )  # fmt: skip


def _plain(view: CheckView, element_id: int) -> Iterator[Found]:
    if not view.get(element_id)["encrypted"]:
        yield Found(
            tr("{0} is not encrypted", view.name(element_id)),
            tr("Anyone who gets the disk or a copy of it can read all of it."),
        )


def encrypt(project: Project, finding: Finding) -> None:
    """Encrypt a volume, bucket or database."""
    edit.change(project, finding.elements[:1], {"encrypted": True})


CHECKS = (
    Check(
        "CMP-01",
        "Data outside the countries where it stays",
        "high",
        "Law or contract says where data of people is processed and kept; replicas and backups count too.",
        "GDPR, chapter V, and the like; countries of regions: botocore and the provider's pages",
        ("service",),
        _leaves,
    ),
    Check(
        "CMP-02",
        "Storage that is not encrypted",
        "medium",
        "Encryption at rest is a baseline of every standard, and costs nothing with the provider's keys.",
        "AWS Well-Architected Framework, security pillar, SEC08: protect data at rest",
        ("volume", "bucket", "database"),
        _plain,
        Fix("Encrypt it", encrypt),
    ),
)
