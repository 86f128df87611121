"""A bucket: objects in a region. It serves up to a rate for each prefix."""

from typing import ClassVar

from designer import units
from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.rules.serving import serve
from designer.catalog.rules.terms.paying import own_price
from designer.catalog.rules.terms.residency import encrypted_field
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind

READ_S = 0.1
"""How long a read takes (Amazon S3 user guide, performance: small objects take about 100 to 200 ms; confidence B). It
says how many a bucket serves at once."""


class Bucket(Repaired, table=True):
    """A bucket of objects."""

    kind: ClassVar[str] = "bucket"

    prefix_rps: float = quantity(
        5500.0,
        "req/s",
        "Reads per prefix",
        group="Limit",
        gt=0,
        le=1e9,
        source="Amazon S3 user guide, performance: 5,500 GET requests a second and prefix",
        confidence="B",
    )
    prefixes: int = quantity(
        1, "", "Prefixes", group="Limit", ge=1, le=1_000_000, help="How many prefixes the objects are spread over."
    )
    mtbf_h: float = mtbf(43_800.0)
    mttr_h: float = mttr(1.0)
    mtbf_factor: float = known_within(5.0, "MTBF known within a factor of")
    encrypted: bool = encrypted_field()
    stored_gib: float = quantity(
        0.0, "GiB", "Stored", group="Cost", zero="not stated", ge=0, le=1e12,
        help="How much its objects hold. It does not affect a run.",
    )  # fmt: skip
    own_usd_month: float = own_price()


def _limit_rps(bucket: Element) -> float:
    fields = bucket.__dict__
    return float(fields["prefix_rps"] * fields["prefixes"])


def _add_to_spec(builder: SpecBuilder, bucket: Element) -> None:
    limit_rps = _limit_rps(bucket)
    serve(builder, bucket, limit_rps, max(round(limit_rps * READ_S), 1))


def _about(bucket: Element) -> str:
    return f"≤ {units.text(_limit_rps(bucket), 'req/s', 3)}"


BUCKET = Kind(
    "bucket",
    "Bucket",
    "bucket.svg",
    Bucket,
    inside=("region",),
    prefix="bucket",
    plural="buckets",
    section="storage",
    box=Box(min_w=150, min_h=32),
    help="Serves reads of its service up to its limit. It fails with its region, not with a zone.",
    add_to_spec=_add_to_spec,
    about=_about,
)
