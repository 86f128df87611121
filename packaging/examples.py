"""Generates the designs that are shipped: a web shop in three zones of Mumbai, with headroom and without, and each
published outage with its scenario, told only what was given; and what runs say of these outages, for the manual.

Every element is placed by the commands that a user's mouse calls. Ids are made from names, so that the same design
comes out each time. Use: python packaging/examples.py [FOLDER]
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.shipped import presets
from designer.catalog.scenarios.outages import published_outages, told_outages
from designer.commands import edit
from designer.model import layout
from designer.model.element import ROOT_ID, Link
from designer.model.project import Project
from designer.results.replay import design_of, played
from designer.store.file import project_file
from designer.study.replay.book import parameters
from designer.study.replay.kept import kept_text

RESOURCES = Path(__file__).parent.parent / "resources"
FOLDER = RESOURCES / "examples"
KEPT = "replayed.json"

# Load of the zones two hours after the start, when a zone is to be failed, as a fraction of their capacity.
VARIANTS = {"web-shop": 0.50, "web-shop-tight": 0.75}

START_UTC = "2026-01-05 09:30"  # a Monday, 15:00 in Mumbai: the load rises until 20:00
TIME_ZONE = "Asia/Kolkata"
PEAK_H = 20.0
SWING_TO_MEAN = 0.25
NOISE_TO_MEAN = 0.01
AT_TWO_HOURS = 1 + SWING_TO_MEAN * 0.70711  # cos(2 pi (17 - 20) / 24)

ZONES = "abc"
RACKS, HOSTS_PER_RACK, VMS_PER_HOST = 2, 3, 16
WEB_PER_ZONE = 7
WEB_TYPE, SEARCH_TYPE, DATABASE_TYPE = "m5.large", "c5.2xlarge", "m5.large"
HOST_MODEL = "64-core, 256 GiB"
HOST_MHZ = 64 * 2500.0
WEB_MHZ = 2 * 3100.0 * 0.625  # two threads of one core
DATABASE_LOAD = 0.065  # what the databases ask of a host, on average
SHOP_WORK_MHZ_S, SEARCH_WORK_MHZ_S = 3.75, 115.0

ZONE_W, ZONE_GAP, ZONE_TOP = 316.0, 16.0, 100.0


def made_id(*names: str) -> int:
    """An id that depends on names only."""
    digest = hashlib.blake2b("/".join(names).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 1) | 2


class Shop:
    """The web shop, being placed into a project."""

    def __init__(self, level: float) -> None:
        self.level = level
        self.project = Project(KINDS, LINKS)
        self.chance = random.Random(1)

    def place(self, kind: str, parent: int, name: str, at: tuple[float, float] | None = None, **fields: Any) -> int:
        """Place an element whose id comes from its name."""
        return edit.place(self.project, kind, parent, at, id=made_id(kind, name), name=name, **fields)

    def link(self, kind: str, source: int, target: int) -> None:
        """Link two elements; the link's id comes from its ends."""
        with self.project.edit("Link"):
            self.project.add(Link(id=made_id(kind, str(source), str(target)), kind=kind, source=source, target=target))

    def service(self, name: str, at: tuple[float, float], rps: float, work_mhz_s: float) -> int:
        """A service that asks for `rps` two hours after the start."""
        mean = round(rps / AT_TWO_HOURS, -1)
        return self.place(
            "service",
            ROOT_ID,
            name,
            at,
            demand="day_curve",
            day_mean_rps=mean,
            day_swing_rps=round(mean * SWING_TO_MEAN, -1),
            day_peak_h=PEAK_H,
            day_noise_rps=round(mean * NOISE_TO_MEAN, -1),
            time_zone=TIME_ZONE,
            work_mhz_s=work_mhz_s,
        )

    def build(self) -> Project:
        """The whole design."""
        members = WEB_PER_ZONE * len(ZONES)
        hosts = RACKS * HOSTS_PER_RACK * len(ZONES)
        shop_rps = self.level * members * WEB_MHZ / SHOP_WORK_MHZ_S
        search_rps = (self.level - DATABASE_LOAD) * hosts * HOST_MHZ / SEARCH_WORK_MHZ_S
        with self.project.edit("Web shop"):
            edit.change(self.project, [ROOT_ID], {"start_utc": START_UTC, "until_h": 6.0, "sample_s": 60.0})
            edit.rename(self.project, ROOT_ID, f"Web shop, zones at {self.level:.0%}")
            self.service("shop", (24.0, 24.0), shop_rps, SHOP_WORK_MHZ_S)
            self.service("search", (210.0, 24.0), search_rps, SEARCH_WORK_MHZ_S)
            place = {"provider": "aws", "code": "ap-south-1", "time_zone": TIME_ZONE}
            region = self.place("region", ROOT_ID, "ap-south-1", (24.0, 80.0), **place)
            self.group(region, members)
            for number, letter in enumerate(ZONES):
                self.zone(region, letter, number)
            self.template()
        return self.project

    def group(self, region: int, members: int) -> None:
        """The auto scaling group of the web VMs."""
        sizes = {"min_count": 12, "desired_count": members, "max_count": 30}
        self.place("auto_scaling_group", region, "web", (16.0, 44.0), **sizes)

    def zone(self, region: int, letter: str, number: int) -> None:
        """A zone with its data center and its subnet."""
        at = (16.0 + number * (ZONE_W + ZONE_GAP), ZONE_TOP)
        zone = self.place("zone", region, f"ap-south-1{letter}", at)
        center = self.place("data_center", zone, f"dc-{letter}1", (12.0, 40.0))
        for rack_number in range(1, RACKS + 1):
            rack = self.place("rack", center, f"rack-{letter}{rack_number}")
            for place_in_rack in range(1, HOSTS_PER_RACK + 1):
                self.host(rack, f"{letter}{(rack_number - 1) * HOSTS_PER_RACK + place_in_rack}")
        below = layout.rect_of(self.project, center)
        name, top = f"web-{letter}", below.bottom + 12.0
        subnet = self.place("subnet", zone, name, (12.0, top), cidr=f"10.0.{number + 1}.0/24", public=True)
        edit.resize(self.project, subnet, (12.0, top, below.w, layout.rect_of(self.project, subnet).h))
        self.link("spans", made_id("auto_scaling_group", "web"), subnet)
        for web in range(1, WEB_PER_ZONE + 1):
            vm = self.place("vm", subnet, f"web-{letter}{web}", **self.web())
            self.link("instance", vm, made_id("auto_scaling_group", "web"))
            self.link("member", vm, made_id("service", "shop"))

    def host(self, rack: int, name: str) -> None:
        """A host with its search VMs and its databases."""
        host = self.place("host", rack, f"host-{name}")
        edit.apply_preset(self.project, [host], HOST_MODEL)
        search = self.chance.choice([9, 10, 10, 11])
        for number in range(1, VMS_PER_HOST + 1):
            is_search = number <= search
            recovery = "cluster" if number % 2 else "same_zone"
            vm = self.place(
                "vm",
                host,
                f"search-{name}-{number}" if is_search else f"db-{name}-{number - search}",
                recovery=recovery,
                **({} if is_search else self.database_load()),
                **self.instance_type(SEARCH_TYPE if is_search else DATABASE_TYPE),
            )
            if is_search:
                self.link("member", vm, made_id("service", "search"))

    def instance_type(self, name: str) -> dict[str, Any]:
        """The fields of a VM of a known type."""
        return {"instance_type": name, **presets("vm")[name].fields}

    def database_load(self) -> dict[str, Any]:
        """A day of a database, each a little different."""
        return {
            "demand": "day_curve",
            "day_mean_frac": round(self.chance.uniform(0.18, 0.36), 2),
            "day_swing_frac": round(self.chance.uniform(0.04, 0.10), 2),
            "day_peak_h": float(self.chance.choice([17, 18, 19, 20, 21])),
            "day_noise_frac": 0.03,
        }

    def web(self) -> dict[str, Any]:
        """The fields of a web VM."""
        return {"recovery": "replace", **self.instance_type(WEB_TYPE)}

    def template(self) -> None:
        """What the group launches copies of: never running, a member so that the copies are."""
        template = self.place("vm", made_id("subnet", "web-a"), "web-template", template=True, **self.web())
        self.link("template", made_id("auto_scaling_group", "web"), template)
        self.link("member", template, made_id("service", "shop"))


def build(name: str) -> Project:
    """One of the shipped designs by its file's name."""
    return Shop(VARIANTS[name]).build()


def outage(name: str) -> Project:
    """The design and scenario of a published outage by its id."""
    return design_of(told_outages()[name], parameters(), published_outages()[name].given)[0]


def write(project: Project, path: Path) -> None:
    """Write a design and tell its size."""
    project_file.save(path, project.rows())
    print(f"{path.name}: {len(project.elements):,} elements, {path.stat().st_size / 1e3:.0f} kB")


def main(argv: Sequence[str]) -> int:
    """Write all shipped designs into a folder, and what runs say of the outages."""
    folder = Path(argv[0]) if argv else FOLDER
    outages = folder / "outages"
    outages.mkdir(parents=True, exist_ok=True)
    for name in VARIANTS:
        write(build(name), folder / f"{name}.clouddesign")
    for name in told_outages():
        write(outage(name), outages / f"{name}.clouddesign")
    said = played(published_outages(), told_outages(), parameters())
    kept = folder / KEPT if argv else RESOURCES / "catalog" / KEPT
    kept.write_text(kept_text(said), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
