"""What is wrong with the text of a field, as a short reason, or None. Asked when a value is given."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from designer.model.element import Element
from designer.words import tr

HIGHEST_PORT = 65_535

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def time_zone_error(element: Element) -> str | None:
    """What is wrong with the time zone of an element."""
    name = element.__dict__["time_zone"]
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return tr("“{0}” is not the name of a time zone; write one like Asia/Kolkata or UTC", name)
    return None


def start_of(text: str) -> datetime:
    """The moment in UTC that the start of a run says. Raises ValueError; OverflowError where UTC has no such year."""
    start = datetime.fromisoformat(text.strip())
    return start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)


def start_error(design: Element) -> str | None:
    """What is wrong with the start of a run."""
    text = design.__dict__["start_utc"]
    try:
        start_of(text)
    except (ValueError, OverflowError):
        return tr("the start “{0}” is not a date; write it like 2026-01-05 00:00", text)
    return None


@lru_cache(maxsize=4096)
def network(cidr: str) -> Network | None:
    """The network of a text, or None when it is no network."""
    try:
        return ipaddress.ip_network(cidr.strip(), strict=False)
    except ValueError:
        return None


def cidr_error(element: Element) -> str | None:
    """What is wrong with the addresses of a subnet or a VPC."""
    cidr = element.__dict__["cidr"]
    return None if network(cidr) is not None else tr("“{0}” is not a network; write it like 10.0.1.0/24", cidr)


def ports(text: str) -> list[tuple[int, int]] | str:
    """The first and last port of each part of a text like "80, 443, 8000-8100"; or the part that is no port."""
    found: list[tuple[int, int]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        low, dash, high = part.partition("-")
        try:
            first, last = int(low), int(high if dash else low)
        except ValueError:
            return part
        if not 0 < first <= last <= HIGHEST_PORT:
            return part
        found.append((first, last))
    return found


def ports_error(guard: Element) -> str | None:
    """What is wrong with the ports of a firewall or a security group."""
    found = ports(guard.__dict__["ports"])
    return tr("“{0}” is no port; write them like 80, 443, 8000-8100", found) if isinstance(found, str) else None
