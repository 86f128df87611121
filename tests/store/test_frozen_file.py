"""Files of each version ever released must open, with what was in them. See tests/files/README.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS, Host
from designer.catalog.kinds.saved.trace import Trace, unpack
from designer.commands import blueprints, presets
from designer.errors import FileError
from designer.model.boxes import BOX_LIMITS
from designer.model.element import Element, Link, make, values
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.project_file import Stamp
from designer.store.file.run_design import design_of, fingerprint
from designer.store.file.schema import VERSION
from designer.store.file.versions import KNOWN
from designer.store.history.backups import backups
from designer.store.working.open_document import OpenDocument
from tests.store.designs import Rows, saved, sight, spoil

FILE = Path(__file__).parent.parent / "files" / "v1.clouddesign"
STAMP = Stamp("0b3d6c1e2f4a4d7c9e8f7a6b5c4d3e2f", "55d0f0b2f6d84c5e8f3a9d1c7b6e4a20",
              "1f2e3d4c5b6a79880796a5b4c3d2e1f0", 3, "Cloud Designer 0.1.0")  # fmt: skip
LARGE = 2**63 - 1
FILE_2 = FILE.with_name("v2.clouddesign")
FILE_3 = FILE.with_name("v3.clouddesign")
FILE_3_RUN = FILE.with_name("v3-run.clouddesign")
HELD: dict[int, dict[str, list[dict[str, Any]]]] = {
    version: json.loads(FILE.with_name(f"v{version}.json").read_text("utf-8")) for version in range(2, VERSION)
}
"""What the files of later versions hold: the rows of each kind, and links; bytes as hexadecimal digits."""
KEPT_3: dict[str, Any] = json.loads(FILE_3_RUN.with_suffix(".json").read_text("utf-8"))
"""What the file of version 3 with a run holds: its rows, and what is told of the run."""

# fmt: off
ELEMENTS: dict[str, dict[str, Any]] = {
    "design": {
        "id": 1, "parent": 1, "rank": 1, "name": "Bücherei “Süd”", "x": 1.5, "y": -2.25, "w": 1200.5, "h": 800.25,
        "hug": False, "note": "The whole.\nTwo lines.", "start_utc": "2025-03-29 12:30", "until_h": 48.5,
        "sample_s": 60.0, "seed": 4711, "policy": "first_fit"},
    "region": {
        "id": 2**62, "parent": 1, "rank": 2, "name": "東京", "x": 24.0, "y": 24.5, "w": 600.0, "h": 400.0,
        "hug": False, "note": "r", "time_zone": "Asia/Tokyo"},
    "zone": {
        "id": 2**62 + 1, "parent": 2**62, "rank": 3, "name": "a' OR 1=1", "x": 16.25, "y": 44.0, "w": 500.0,
        "h": 300.0, "hug": False, "note": "z"},
    "data_center": {
        "id": 2**53 + 1, "parent": 2**62 + 1, "rank": -4, "name": "dc\t1", "x": -1e-9, "y": 36.0, "w": 130.125,
        "h": 70.0, "hug": False, "note": "d"},
    "rack": {
        "id": 4294967296, "parent": 2**53 + 1, "rank": 5, "name": "rack-1", "x": 8.0, "y": 32.0, "w": 100.0,
        "h": 56.0, "hug": False, "note": "k", "units_u": 47},
    "host": {
        "id": 5, "parent": 4294967296, "rank": 6, "name": "🖥️ host", "x": 8.0, "y": 28.0, "w": 118.0, "h": 44.0,
        "hug": False, "note": "h", "model": "hp-proliant-ml110-g4", "cores": 48, "threads_per_core": 2,
        "smt_yield": 0.3, "mhz": 2660.5, "ram_mib": 131072.25, "overcommit": 1.1, "sharing": "max_min",
        "idle_w": 86.1, "full_w": 117.9, "power_points_w": "86,89.4,92.6,96,99.5,102,106,108,112,114,117", "size_u": 2},
    "vm": {
        "id": LARGE, "parent": 5, "rank": 7, "name": "<b>vm</b>", "x": 4.0, "y": 18.0, "w": 21.0, "h": 16.0,
        "hug": False, "note": "v", "instance_type": "m5.large", "vcpus": 3, "mhz": 3100.0, "ram_mib": 613.5,
        "shares": 1500.0, "demand": "trace", "load_frac": 0.1, "day_mean_frac": 0.2, "day_swing_frac": 0.7,
        "day_peak_h": 23.999, "day_noise_frac": 0.01, "trace": 9, "trace_row": 1, "trace_shift": 2,
        "recovery": "replace", "detect_s": 61.0, "boot_s": 91.5, "powered_on": False, "template": True},
    "subnet": {
        "id": 6, "parent": 2**62 + 1, "rank": 8, "name": "subnet", "x": 9.0, "y": 10.0, "w": 130.0, "h": 52.0,
        "hug": False, "note": "s", "cidr": "2001:db8::/64", "public": True},
    "service": {
        "id": 7, "parent": 1, "rank": 9, "name": "", "x": 700.0, "y": 24.0, "w": 170.0, "h": 32.0, "hug": False,
        "note": "e", "demand": "day_curve", "rate_rps": 1.5, "day_mean_rps": 2.5, "day_swing_rps": 3.5,
        "day_peak_h": 4.5, "day_noise_rps": 5.5, "time_zone": "America/New_York", "trace": 9, "trace_row": 1,
        "trace_peak_rps": 1e9, "work_mhz_s": 5e-324, "health_check_s": 0.0},
    "auto_scaling_group": {
        "id": 8, "parent": 2**62, "rank": 10, "name": "asg", "x": 1.0, "y": 2.0, "w": 150.0, "h": 32.0, "hug": False,
        "note": "g", "min_count": 2, "desired_count": 4, "max_count": 9, "detect_s": 45.0},
    "trace": {
        "id": 9, "parent": 1, "rank": -(2**63), "name": "trace", "x": 1.7976931348623157e308, "y": -0.1, "w": 0.1,
        "h": 0.2, "hug": False, "note": "t", "step_s": 60.0, "rows": 2, "samples": 3, "cells": "fraction",
        "data": bytes.fromhex("789c6360400617ec21f40328fd014a1f80d22fec0161ab0584"), "origin": "load.csv"},
}
LINKS_V1 = [
    {"id": 10, "kind": "member", "source": LARGE, "target": 7, "role": "primary"},
    {"id": 11, "kind": "instance", "source": LARGE, "target": 8, "role": "ß"},
    {"id": 12, "kind": "spans", "source": 8, "target": 6, "role": "x" * 200},
    {"id": 13, "kind": "template", "source": 8, "target": LARGE, "role": ""},
    {"id": LARGE - 1, "kind": "attached", "source": LARGE, "target": 6, "role": "eth0"},
]
# fmt: on
TRACE = [[0.0, 0.25, 0.5], [1.0, 0.125, 0.75]]


def frozen_rows() -> Rows:
    """The rows of the frozen file."""
    elements: Rows = [make(KINDS[kind].table, fields) for kind, fields in ELEMENTS.items()]
    return [*elements, *(make(Link, fields) for fields in LINKS_V1)]


def within(name: str, value: Any) -> Any:
    """A value as it is after opening: boxes beyond the drawing are brought back into it."""
    most = BOX_LIMITS.get(name)
    return value if most is None else min(max(value, -most), most)


def fields_of(row: Any, known: Mapping[str, Any]) -> list[tuple[str, type, Any]]:
    """The fields that version 1 knew, with their types."""
    return [(name, type(value), value) for name, value in values(row).items() if name in known]


def test_that_the_file_of_version_1_opens_with_all_that_is_in_it() -> None:
    before = sight(FILE)
    loaded = project_file.load(FILE)
    assert sight(FILE) == before
    by_id = {row.id: row for row in loaded.rows}
    assert len(by_id) == len(loaded.rows) == len(ELEMENTS) + len(LINKS_V1)
    for kind, fields in ELEMENTS.items():
        row = by_id[fields["id"]]
        assert type(row) is KINDS[kind].table
        wanted = {name: within(name, value) for name, value in fields.items()}
        assert fields_of(row, fields) == [(name, type(value), value) for name, value in wanted.items()]
    for fields in LINKS_V1:
        row = by_id[fields["id"]]
        assert type(row) is Link
        assert fields_of(row, fields) == [(name, type(value), value) for name, value in fields.items()]


def test_that_the_file_of_version_1_says_what_it_is() -> None:
    loaded = project_file.load(FILE)
    assert loaded.stamp == STAMP
    (warning,) = loaded.warnings
    assert "boxes outside of the drawing" in warning
    assert int.from_bytes(FILE.read_bytes()[60:64], "big") == 1


def test_that_the_design_of_version_1_can_be_used_and_saved(tmp_path: Path) -> None:
    loaded = project_file.load(FILE)
    project = Project(KINDS, LINKS, loaded.rows)
    trace = project.elements[9]
    assert isinstance(trace, Trace)
    assert unpack(trace).tolist() == TRACE
    assert sorted(project.subtree(1)) == sorted(project.elements)
    assert len(project.elements) == len(ELEMENTS)
    project_file.save(tmp_path / "now.clouddesign", project.rows(), loaded.stamp)
    again = project_file.load(tmp_path / "now.clouddesign")
    assert {row.id: values(row) for row in again.rows} == {row.id: values(row) for row in loaded.rows}


def test_that_version_1_holds_every_kind_and_every_field_that_it_knew() -> None:
    known = {name: set(columns.split()) for name, columns in KNOWN[1].items()}
    assert known.pop("meta") == {"name", "value"}
    assert known.pop("link") == set(LINKS_V1[0])
    assert known == {kind: set(fields) for kind, fields in ELEMENTS.items()}
    assert set(KNOWN) == set(range(1, VERSION))


def assert_held(rows: Rows, known: Mapping[str, list[dict[str, Any]]]) -> None:
    """Assert that rows are those that are known, field by field; later fields are not asked."""
    by_id = {row.id: row for row in rows}
    assert len(by_id) == len(rows) == sum(map(len, known.values()))
    for kind, told in known.items():
        for fields in told:
            row = by_id[fields["id"]]
            assert type(row) is (Link if kind == "link" else KINDS[kind].table)
            found = {name: value.hex() if isinstance(value, bytes) else value for name, value in values(row).items()}
            assert {name: found[name] for name in fields} == fields


@pytest.mark.parametrize("version", sorted(HELD))
def test_that_the_file_of_a_later_version_opens_with_all_that_is_in_it(version: int) -> None:
    loaded = project_file.load(FILE.with_name(f"v{version}.clouddesign"))
    assert loaded.stamp.version == version
    if version < 5:  # the trace in it says a shape that no run can unpack
        (warning,) = loaded.warnings
        assert warning.startswith("The traces hold 1,072,883 MiB; the most is 256 in a design.")
    else:
        assert loaded.warnings == []
    assert_held(loaded.rows, HELD[version])


@pytest.mark.parametrize("version", HELD)
def test_that_a_later_version_holds_every_kind_and_every_field_that_it_knew(version: int) -> None:
    known = {name: set(columns.split()) for name, columns in KNOWN[version].items() if name != "meta"}
    assert known == {kind: set(rows[0]) for kind, rows in HELD[version].items()}


def by_name(rows: Rows, kind: str) -> dict[str, Any]:
    """The elements of a kind by their names."""
    return {row.name: row for row in rows if isinstance(row, Element) and row.kind == kind}


def test_that_regions_and_zones_of_version_3_get_the_codes_that_their_names_were() -> None:
    rows = project_file.load(FILE_3_RUN).rows
    regions, zones = by_name(rows, "region"), by_name(rows, "zone")
    codes = {name: (region.provider, region.code) for name, region in regions.items()}
    assert codes == {"eu-central-1": ("aws", "eu-central-1"), "my region": ("none", "")}
    ids = {name: zone.zone_id for name, zone in zones.items()}
    assert ids == {"eu-central-1a": "euc1-az1", "eu-central-1b": "euc1-az2", "my zone": ""}
    assert (by_name(project_file.load(FILE_3).rows, "zone")["eu-central-1b"].zone_id) == "euc1-az2"


@pytest.mark.parametrize("file", [FILE, FILE_2])
def test_that_a_region_of_versions_1_and_2_gets_the_code_that_its_name_was(tmp_path: Path, file: Path) -> None:
    path = tmp_path / "old.clouddesign"
    path.write_bytes(file.read_bytes())
    spoil(path, "UPDATE region SET name = 'us-west-2'", "UPDATE zone SET name = 'us-west-2c'")
    rows = project_file.load(path).rows
    ((_, region),), ((_, zone),) = by_name(rows, "region").items(), by_name(rows, "zone").items()
    assert (region.provider, region.code, zone.zone_id) == ("aws", "us-west-2", "usw2-az3")


def test_that_a_zone_keeps_its_id_when_it_and_its_region_are_renamed_after_the_upgrade(tmp_path: Path) -> None:
    rows = project_file.load(FILE_3_RUN).rows
    for kind, old, new in (("region", "eu-central-1", "Frankfurt"), ("zone", "eu-central-1a", "left")):
        by_name(rows, kind)[old].__dict__["name"] = new
    again = project_file.load(saved(tmp_path / "now.clouddesign", rows)).rows
    frankfurt, left = by_name(again, "region")["Frankfurt"], by_name(again, "zone")["left"]
    assert (frankfurt.code, left.zone_id) == ("eu-central-1", "euc1-az1")


def test_that_a_blueprint_kept_in_version_3_is_placed_with_the_codes_that_its_names_were() -> None:
    project = Project(KINDS, LINKS, project_file.load(FILE_3_RUN).rows)
    (own,) = presets.blueprints_of(project)
    (placed,) = blueprints.place(project, own.text, own.name)
    region = project.elements[placed].__dict__
    assert (region["provider"], region["code"]) == ("aws", "eu-central-1")
    ids = [project.elements[i].__dict__["zone_id"] for i in project.children(placed)]
    assert ids == ["euc1-az1", "euc1-az2"]


def test_that_a_run_kept_in_version_3_opens_with_its_design_and_its_figures() -> None:
    loaded = project_file.load(FILE_3_RUN)
    assert (loaded.warnings, loaded.stamp.version) == ([], 3)
    assert_held(loaded.rows, KEPT_3["rows"])
    (run,) = loaded.aside.runs
    assert (run.label, run.pinned, run.state) == ("host lost and back", True, "finished")
    for name in ("digest", "design_sha256", "spec_sha256", "result_version"):
        assert getattr(run, name) == KEPT_3[name]
    assert [[e.time_s, e.what, e.id] for e in run.events] == KEPT_3["events"]
    assert [[f.element, f.name, f.title, f.value, f.unit] for f in run.figures] == KEPT_3["figures"]
    assert_held(design_of(run), KEPT_3["rows"])
    assert fingerprint(design_of(run)) == fingerprint(loaded.rows)


def test_that_what_version_1_did_not_know_takes_its_defaults() -> None:
    loaded = project_file.load(FILE)
    for row in loaded.rows:
        if not isinstance(row, Link):
            newer = {name: value for name, value in values(row).items() if name not in ELEMENTS[row.kind]}
            assert newer == {name: values(KINDS[row.kind].table())[name] for name in newer}
    host = next(row for row in loaded.rows if isinstance(row, Host))
    assert (host.hypervisor, host.cpu_overhead_frac, host.vm_ram_base_mib) == ("", 0.0, 0.0)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TABLE rack", "its table “rack” is missing"),
        ("ALTER TABLE host DROP COLUMN cores", "its column “host.cores” is missing"),
        ("ALTER TABLE host ADD COLUMN warp REAL", "the column “host.warp”, which is not ours"),
        ("CREATE TABLE starship (id INTEGER)", "the table “starship”, which no project file has"),
    ],
)
def test_that_version_1_without_what_it_knew_or_with_what_nobody_knows_is_damaged(
    tmp_path: Path, statement: str, said: str
) -> None:
    path = tmp_path / "old.clouddesign"
    path.write_bytes(FILE.read_bytes())
    with pytest.raises(FileError, match=said):
        project_file.load(spoil(path, statement))


def test_that_a_changed_cell_of_version_1_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "old.clouddesign"
    path.write_bytes(FILE.read_bytes())
    loaded = project_file.load(spoil(path, "UPDATE host SET cores = cores + 1"))
    assert [w for w in loaded.warnings if "was changed after it was saved" in w]


def test_that_the_present_version_without_a_column_is_damaged(tmp_path: Path) -> None:
    path = spoil(saved(tmp_path / "now.clouddesign"), "ALTER TABLE host DROP COLUMN hypervisor")
    with pytest.raises(FileError, match=r"its column “host\.hypervisor” is missing"):
        project_file.load(path)


def test_that_the_trace_in_it_is_what_the_tests_say() -> None:
    data = make(Trace, ELEMENTS["trace"])
    assert np.array_equal(unpack(data), np.array(TRACE))


# -- files of later versions

LATER = VERSION + 2


def later(path: Path, *statements: str) -> Path:
    """A file as a later program may write it for readers of this version: more columns, another table."""
    saved(path)
    return spoil(
        path,
        f"PRAGMA user_version={LATER}",
        "ALTER TABLE host ADD COLUMN warp REAL",
        "UPDATE host SET warp = 9.5",
        "CREATE TABLE starship (id INTEGER PRIMARY KEY, crew TEXT)",
        "INSERT INTO starship VALUES (1, 'many')",
        *statements,
    )


def test_that_a_later_version_that_lets_us_read_it_opens_read_only_and_says_so(tmp_path: Path) -> None:
    before = project_file.load(saved(tmp_path / "now.clouddesign"))
    loaded = project_file.load(later(tmp_path / "later.clouddesign"))
    assert loaded.newer
    assert not before.newer
    assert {row.id: values(row) for row in loaded.rows} == {row.id: values(row) for row in before.rows}
    (warning,) = loaded.warnings
    assert f"later.clouddesign was written by a newer Cloud Designer (file version {LATER}) and is read-only" in warning


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON host BEGIN SELECT 1; END",
        "CREATE VIEW v AS SELECT 1",
        "ALTER TABLE host ADD COLUMN twice REAL AS (cores * 2)",
        "UPDATE meta SET value = '99' WHERE name = 'min_reader'",
        "DELETE FROM meta WHERE name = 'min_reader'",
        "DROP TABLE rack",
    ],
)
def test_that_a_later_version_with_what_is_not_plain_is_refused_by_its_number(tmp_path: Path, statement: str) -> None:
    with pytest.raises(FileError, match=rf"newer Cloud Designer \(file version {LATER}; this program reads up to"):
        project_file.load(later(tmp_path / "later.clouddesign", statement))


def test_that_the_values_of_a_later_version_are_checked_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="Cores must be"):
        project_file.load(later(tmp_path / "later.clouddesign", "UPDATE host SET cores = -5"))


@pytest.mark.parametrize("file", [FILE, FILE_2, FILE_3], ids=["1", "2", "3"])
def test_that_the_first_save_after_an_upgrade_keeps_the_old_file_for_good(tmp_path: Path, file: Path) -> None:
    path = tmp_path / "old.clouddesign"
    path.write_bytes(file.read_bytes())
    document = OpenDocument(Project(KINDS, LINKS), print)
    document.open(path)
    version, old = int(file.stem[1:]), document.stamp
    assert old is not None
    document.save()
    assert path.read_bytes()[60:64] == VERSION.to_bytes(4, "big")
    for _ in range(9):
        document.save()
    document.close()
    (kept,) = [one for one in backups(old.document_id) if one.is_of(old.save_id)]
    assert kept.label == f"before the upgrade from file version {version}"
    assert kept.path.read_bytes() == file.read_bytes()
    labels = [one.label for one in backups(old.document_id) if one.label]
    assert labels == [kept.label]
