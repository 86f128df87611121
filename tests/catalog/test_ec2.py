"""The EC2 catalog: its answers, its picker search, and that the script gives the shipped bytes."""

from __future__ import annotations

import importlib.util
import runpy
from pathlib import Path

import pytest

from designer.assets import asset
from designer.catalog.reference.ec2 import Offer, TypeFilter, ec2, size_rank

BUILD = Path(__file__).parents[2] / "packaging" / "build_catalog.py"


def test_that_the_catalog_holds_every_type_host_and_region() -> None:
    catalog = ec2()
    assert len(catalog.types) == 1395
    assert len(catalog.dedicated_hosts) == 126
    assert len(catalog.regions) == 48
    assert sum(1 for region in catalog.regions.values() if region.zones) == 38


def test_that_offered_not_offered_and_unknown_are_three_answers() -> None:
    catalog = ec2()
    assert catalog.offered("m5.large", "ap-south-1") is Offer.YES
    assert catalog.offered("a1.large", "ap-south-2") is Offer.NO
    assert catalog.offered("m5.large", "us-iso-east-1") is Offer.UNKNOWN
    assert catalog.offered("m9.large", "ap-south-1") is Offer.UNKNOWN


def test_that_a_zone_may_lack_what_its_region_offers() -> None:
    catalog = ec2()
    region = catalog.regions["us-east-1"]
    answers = {
        catalog.offered(name, region.code, zone_id)
        for name in catalog.types
        for _, zone_id in region.zones
        if catalog.offered(name, region.code) is Offer.YES
    }
    assert answers == {Offer.YES, Offer.NO}


def test_that_a_price_abroad_is_the_price_at_home_times_the_regions_ratio() -> None:
    catalog = ec2()
    assert catalog.price_usd_h("m5.large") == 0.096
    ratio = catalog.regions["ap-south-1"].price_ratio
    assert ratio is not None
    assert catalog.price_usd_h("m5.large", "ap-south-1") == pytest.approx(0.096 * ratio)
    assert catalog.price_usd_h("m5.large", "us-iso-east-1") is None
    unpriced = [kind.name for kind in catalog.types.values() if kind.usd_h is None]
    assert unpriced and catalog.price_usd_h(unpriced[0]) is None


def test_that_a_few_letters_find_a_type() -> None:
    found = [kind.name for kind in ec2().search("m5 lar")]
    assert found[0] == "m5.large"
    assert "m5ad.large" in found and "c5.large" not in found
    assert ec2().search("no-such-thing") == []


def test_that_sizes_are_sorted_from_small_to_big() -> None:
    sizes = [kind.size for kind in ec2().search("m5") if kind.family == "m5"]
    assert sizes == sorted(sizes, key=size_rank)
    assert sizes[0] == "large" and sizes[-1] == "metal"


def test_that_filters_keep_only_what_fits() -> None:
    catalog = ec2()
    wanted = TypeFilter(min_vcpus=8, max_vcpus=8, min_mem_mib=32 * 1024, max_usd_h=0.4, region="ap-south-1")
    found = catalog.search("", wanted)
    assert found
    for kind in found:
        price = catalog.price_usd_h(kind.name, "ap-south-1")
        assert kind.vcpus == 8 and kind.mem_mib >= 32 * 1024
        assert price is not None and price <= 0.4
        assert catalog.offered(kind.name, "ap-south-1") is Offer.YES


def test_that_what_is_not_offered_has_near_ones_that_are() -> None:
    catalog = ec2()
    near = catalog.nearest("a1.large", "ap-south-2")
    assert len(near) == 3
    assert all(catalog.offered(kind.name, "ap-south-2") is Offer.YES for kind in near)
    assert near[0].vcpus == 2 and near[0].mem_mib == 4096 and near[0].arch == ("arm64",)
    assert "us-east-1" in catalog.nearest_regions("a1.large", "us-east-2", 9)


def test_that_an_m5_dedicated_host_takes_48_large() -> None:
    host = ec2().dedicated_hosts["m5"]
    assert (host.cores, host.vcpus, host.mem_mib) == (48, 96, 384 * 1024)
    assert host.capacity["large"] == 48


@pytest.mark.skipif(importlib.util.find_spec("moto") is None, reason="moto is not installed")
def test_that_the_script_gives_the_shipped_bytes() -> None:
    script = runpy.run_path(str(BUILD))
    assert script["packed"](script["build"]()) == asset("catalog/ec2.json.xz").read_bytes()


def test_that_a_derived_price_has_a_range_and_one_that_was_read_has_none() -> None:
    catalog = ec2()
    low, high = catalog.price_range_usd_h("m5.large", "ap-northeast-1") or (0.0, 0.0)
    price = catalog.price_usd_h("m5.large", "ap-northeast-1")
    assert price is not None and 0.0 < low <= price <= high
    assert catalog.price_range_usd_h("m5.large", "us-east-1") is None
    assert catalog.price_range_usd_h("m5.large") is None
    assert catalog.price_range_usd_h("no such type", "ap-northeast-1") is None
    for code, region in catalog.regions.items():
        ratios = region.price_ratios
        assert (ratios is None) == (region.price_ratio is None), code
        if ratios is not None and region.price_ratio is not None:
            assert ratios[0] <= region.price_ratio <= ratios[1]


def test_that_the_sources_of_all_that_is_shipped_are_named_and_noticed() -> None:
    root = Path(__file__).parents[2]
    sources, notices = (root / "resources" / "SOURCES.md").read_text("utf-8"), (root / "NOTICES").read_text("utf-8")
    for name in ("botocore", "moto", "karpenter-provider-aws", "skypilot-catalog", "oaustegard.github.io",
                 "cloud-carbon-footprint", "ec2instances.info", "Natural Earth"):  # fmt: skip
        assert name.lower() in sources.lower() and name.lower() in notices.lower(), name
    for what in ("round trips", "coordinates", "carbon"):
        assert what in sources
    assert (
        "Apache License" in notices
        and 'license-files = ["LICENSE", "NOTICES"]' in (root / "pyproject.toml").read_text()
    )
