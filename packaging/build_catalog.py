"""Builds resources/catalog/ec2.json.xz from the packages `moto` and `botocore` and the facts beside this script.

    python packaging/build_catalog.py [OUT]

The same packages and facts give the same bytes. The program itself needs neither package.
"""

from __future__ import annotations

import gzip
import json
import lzma
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
OUT = HERE.parent / "resources" / "catalog" / "ec2.json.xz"
FORMAT = 1
Row = dict[str, Any]


def build() -> Row:
    """The whole catalog as one JSON value."""
    facts = json.loads((HERE / "catalog_facts.json").read_text("utf-8"))
    raw = _moto("instance_types.json.gz")
    names = sorted(raw)
    regions = [_region(row, names) for row in facts["regions"]["rows"]]
    return {
        "format": FORMAT,
        "as_of": facts["date"],
        "prices_as_of": facts["prices"]["as_of"],
        "sources": _sources(facts),
        "types": _columns([_type(name, raw[name], facts) for name in names]),
        "regions": regions,
        "dedicated_hosts": facts["dedicated_hosts"]["families"],
        "latency": {"codes": facts["latency"]["codes"], "rtt_ms": facts["latency"]["rtt"]},
    }


def packed(catalog: Row) -> bytes:
    """The catalog as the bytes of the shipped file."""
    text = json.dumps(catalog, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return lzma.compress(text.encode(), format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)


def _sources(facts: Row) -> Row:
    moto, botocore = version("moto"), version("botocore")
    return {
        "types": f"moto {moto} (Apache-2.0), ec2/resources/instance_types.json.gz; confidence A",
        "offers": f"moto {moto} (Apache-2.0), ec2/resources/instance_type_offerings; confidence A",
        "zones": f"moto {moto} (Apache-2.0); the pairing of names and ids differs per account; confidence B",
        "regions": f"botocore {botocore} (Apache-2.0), endpoints.json; {facts['regions']['source']}; confidence B",
        "prices": facts["prices"]["source"] + "; other regions: times the region's median ratio; confidence B",
        "visible_memory": facts["visible_memory"]["source"] + "; confidence B",
        "dedicated_hosts": facts["dedicated_hosts"]["rule"] + " " + facts["dedicated_hosts"]["crosscheck"],
        "latency": facts["latency"]["source"] + "; confidence B",
    }


def _moto(name: str) -> Any:
    import moto

    path = Path(moto.__file__).parent / "ec2" / "resources" / name
    if not path.is_file():
        return None
    return json.loads(gzip.decompress(path.read_bytes()))


def _type(name: str, raw: Row, facts: Row) -> Row:
    cpu, cards = raw["VCpuInfo"], raw["NetworkInfo"].get("NetworkCards", [])
    ebs = raw.get("EbsInfo", {}).get("EbsOptimizedInfo", {})
    return {
        "name": name,
        "vcpus": cpu["DefaultVCpus"],
        "cores": cpu.get("DefaultCores"),
        "threads_per_core": cpu.get("DefaultThreadsPerCore"),
        "mem_mib": raw["MemoryInfo"]["SizeInMiB"],
        "visible_mem_mib": facts["visible_memory"]["mib"].get(name),
        "mhz": _mhz(raw["ProcessorInfo"]),
        "cpu": raw["ProcessorInfo"].get("Manufacturer"),
        "arch": raw["ProcessorInfo"]["SupportedArchitectures"],
        "hypervisor": "none" if raw["BareMetal"] else raw.get("Hypervisor"),
        "current": raw["CurrentGeneration"],
        "burstable": raw["BurstablePerformanceSupported"],
        "dedicated_host": raw["DedicatedHostsSupported"],
        "net_mbps": _sum_mbps(cards, "BaselineBandwidthInGbps"),
        "net_peak_mbps": _sum_mbps(cards, "PeakBandwidthInGbps"),
        "ebs_mbps": ebs.get("BaselineBandwidthInMbps"),
        "ebs_peak_mbps": ebs.get("MaximumBandwidthInMbps"),
        "ebs_iops": ebs.get("BaselineIops"),
        "ebs_peak_iops": ebs.get("MaximumIops"),
        "disks": [[d["Count"], d["SizeInGB"], d["Type"]] for d in raw.get("InstanceStorageInfo", {}).get("Disks", [])],
        "gpus": [[g["Count"], g["Name"]] for g in raw.get("GpuInfo", {}).get("Gpus", [])],
        "usd_h": facts["prices"]["usd_h_us_east_1"].get(name),
    }


def _mhz(processor: Row) -> float | None:
    clock = processor.get("SustainedClockSpeedInGhz")
    return None if clock is None else round(clock * 1000.0, 3)


def _sum_mbps(cards: list[Row], key: str) -> float | None:
    rates = [card[key] for card in cards if card.get(key) is not None]
    return round(sum(rates) * 1000.0, 3) if rates else None


def _columns(rows: list[Row]) -> Row:
    return {key: [row[key] for row in rows] for key in rows[0]}


def _region(row: Row, names: list[str]) -> Row:
    code = row["code"]
    offered = _moto(f"instance_type_offerings/region/{code}.json.gz")
    in_zones = _moto(f"instance_type_offerings/availability-zone-id/{code}.json.gz")
    zones = _zones(code)
    return {
        "code": code,
        "name": row["name"].split(" [", 1)[0],
        "partition": row["partition"],
        "city": row["city"],
        "country": row["country"],
        "lat": row["lat"],
        "lon": row["lon"],
        "time_zone": row["time_zone"],
        "opt_in": row["opt_in_required"],
        "grid_g_per_kwh": row["grid_gco2e_per_kwh"],
        "price_ratio": row["ec2_price_ratio_vs_us_east_1"],
        "price_ratios": _range(row["ec2_price_ratio_anchors"]),
        "zones": zones,
        "offers": None if offered is None else _bits({o["InstanceType"] for o in offered}, names),
        "zone_offers": {
            zone_id: _bits({o["InstanceType"] for o in in_zones if o["Location"] == zone_id}, names)
            for _, zone_id in zones
        }
        if in_zones is not None
        else None,
    }


def _range(anchors: dict[str, float] | None) -> list[float] | None:
    """The lowest and the highest ratio of the types whose price in the region is known."""
    return [round(min(anchors.values()), 3), round(max(anchors.values()), 3)] if anchors else None


def _zones(code: str) -> list[list[str]]:
    from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

    found = RegionsAndZonesBackend.zones.get(code, [])
    return [[zone.name, zone.zone_id] for zone in found]


def _bits(chosen: set[str], names: list[str]) -> str:
    """A set of types as hexadecimal digits; bit n is the n-th type in the order of the names."""
    return f"{sum(1 << n for n, name in enumerate(names) if name in chosen):x}"


def main() -> None:
    """Write the catalog and say what is in it."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    catalog = build()
    content = packed(catalog)
    out.write_bytes(content)
    with_zones = sum(1 for region in catalog["regions"] if region["zones"])
    print(
        f"{out.name}: {len(content):,} bytes, {len(catalog['types']['name']):,} types, "
        f"{len(catalog['dedicated_hosts'])} dedicated host families, {len(catalog['regions'])} regions "
        f"({with_zones} with zones)"
    )


if __name__ == "__main__":
    main()
