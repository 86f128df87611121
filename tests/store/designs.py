"""Designs with every kind and every link, what they hold as plain values, and files spoiled on purpose."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from sqlite3 import connect
from typing import Any

from designer.catalog import KINDS
from designer.catalog.presets.own import packed_text
from designer.model.element import ROOT_ID, Element, Link, make, values
from designer.model.fields import FieldSpec, field_specs
from designer.store.file import project_file
from designer.store.file.check import settle
from designer.store.file.content import Content
from designer.store.file.schema import VERSION
from tests import copies

ROOT = Path(__file__).parent.parent.parent
STANDS_IN = {
    "design": "design",
    "region": "design",
    "zone": "region",
    "data_center": "zone",
    "power_feed": "data_center",
    "ups": "data_center",
    "generator": "data_center",
    "cooling": "data_center",
    "rack": "data_center",
    "host": "rack",
    "switch": "rack",
    "router": "zone",
    "firewall": "region",
    "security_group": "region",
    "placement_group": "region",
    "affinity_rule": "region",
    "cluster": "zone",
    "resource_pool": "zone",
    "storage_array": "data_center",
    "datastore": "data_center",
    "vm": "host",
    "application": "vm",
    "volume": "datastore",
    "subnet": "zone",
    "vpc": "region",
    "internet_gateway": "region",
    "nat_gateway": "subnet",
    "service": "design",
    "dns_name": "design",
    "auto_scaling_group": "region",
    "user_population": "design",
    "load_balancer": "region",
    "function": "region",
    "bucket": "region",
    "database": "region",
    "note": "design",
    "trace": "design",
    "preset": "design",
    "mute": "design",
    "scenario": "design",
    "blueprint": "design",
}
JOINS = {
    "member": ("vm", "service"),
    "instance": ("vm", "auto_scaling_group"),
    "spans": ("auto_scaling_group", "subnet"),
    "template": ("auto_scaling_group", "vm"),
    "attached": ("vm", "subnet"),
    "uses": ("user_population", "service"),
    "answers": ("dns_name", "service"),
    "balances": ("load_balancer", "service"),
    "nodes_in": ("load_balancer", "subnet"),
    "connects": ("switch", "rack"),
    "guards": ("firewall", "subnet"),
    "protected_by": ("vm", "security_group"),
    "placed_by": ("vm", "placement_group"),
    "ruled_by": ("vm", "affinity_rule"),
    "pinned_to": ("vm", "host"),
    "in_vpc": ("subnet", "vpc"),
    "opens": ("internet_gateway", "vpc"),
    "peers": ("vpc", "vpc"),
    "routes_through": ("subnet", "nat_gateway"),
    "runs_in": ("function", "subnet"),
    "serves": ("function", "service"),
    "depends_on": ("service", "database"),
    "reads_from": ("service", "database"),
    "primary_in": ("database", "subnet"),
    "standby_in": ("database", "subnet"),
    "in_cluster": ("host", "cluster"),
    "witness": ("cluster", "zone"),
    "isolation_address": ("cluster", "switch"),
    "in_pool": ("vm", "resource_pool"),
    "offers": ("storage_array", "datastore"),
    "sees": ("host", "datastore"),
    "attached_to": ("volume", "vm"),
    "feeds": ("power_feed", "rack"),
    "backs_up": ("ups", "power_feed"),
    "cools": ("cooling", "rack"),
    "sends_to": ("vm", "vm"),
    "starts_after": ("vm", "vm"),
    "private_link": ("zone", "zone"),
}

SOUND: dict[str, Mapping[str, Any]] = {
    "preset": {"of_kind": "host", "held": '{"cores":12}'},
    "scenario": {"events": '[{"at_s":60.0,"what":"fail","target":1}]'},
    "blueprint": {
        "data": packed_text('{"format":1,"roots":[{"id":2,"x":0,"y":0}],"elements":[{"id":2,"kind":"host"}]}', "")
    },
}
"""What an element must hold lest it is left out on opening."""

Rows = list[Element | Link]


def small_ids() -> dict[str, int]:
    """Ids of one element of each kind and one link of each kind."""
    return {name: ROOT_ID + n for n, name in enumerate([*STANDS_IN, *JOINS])}


def one_of_each(
    ids: Mapping[str, int] | None = None, fields: Mapping[str, Mapping[str, Any]] | None = None, role: str = ""
) -> Rows:
    """One element of each kind, in a tree, and one link of each kind."""
    ids, fields = ids or small_ids(), fields or {}
    rows: Rows = []
    for kind, parent in STANDS_IN.items():
        given = {
            "name": f"{kind}-1",
            **SOUND.get(kind, {}),
            **fields.get(kind, {}),
            "id": ids[kind],
            "parent": ids[parent],
        }
        rows.append(make(KINDS[kind].table, given))
    for kind, (source, target) in JOINS.items():
        ends = {"source": ids[source], "target": ids[target]}
        rows.append(make(Link, {"id": ids[kind], "kind": kind, "role": role, **ends}))
    return rows


def other_value(spec: FieldSpec) -> Any:
    """A value of a field that is not its default."""
    if spec.choices:
        return next(choice for choice in reversed(spec.choices) if choice != spec.default)
    if spec.type is bool:
        return not spec.default
    if spec.type is str:
        return f"Ω {spec.name}"[: spec.max_length]
    if spec.type is bytes:
        return bytes(range(256))
    low, high = spec.low if spec.low is not None else -1e6, spec.high if spec.high is not None else 1e6
    value = low + (high - low) * (3 / 8)
    value = int(value) if spec.type is int else value
    return value if value != spec.default else spec.type(high)


def all_changed() -> Rows:
    """One of each, no field at its default."""
    fields = {
        kind: {name: other_value(spec) for name, spec in field_specs(KINDS[kind].table).items()} for kind in STANDS_IN
    }
    fields["preset"].update(of_kind="vm", held='{"vcpus":3}')
    fields["scenario"].update(events='[{"at_s":0.0,"what":"drain","kind":"host","pick":"all"}]')
    fields["trace"].update(rows=3, samples=5)
    fields["blueprint"]["data"] = packed_text(
        '{"format":1,"roots":[{"id":3,"x":0,"y":0}],"elements":[{"id":3,"kind":"region"}]}', ""
    )
    return one_of_each(fields=fields, role="primary")


def content(rows: Iterable[Element | Link]) -> dict[int, tuple[str, list[tuple[str, type, Any]]]]:
    """Rows by id with the type and value of each field."""
    return {
        row.id: (type(row).__name__, [(name, type(value), value) for name, value in values(row).items()])
        for row in rows
    }


def saved(path: Path, rows: Rows | Callable[[], Rows] = one_of_each) -> Path:
    """A file with rows, or with those that a function makes (one of each kind), which are packed once. Each file is a
    document of its own. It is not flushed to the disk: no power is cut while it is made."""
    if callable(rows):
        path.write_bytes(_another(*_packed(rows)))
    else:
        path.write_bytes(project_file.pack(rows, project_file.next_stamp(None)))
    return path


@cache
def _packed(make: Callable[[], Rows]) -> tuple[bytes, Content]:
    """A file with rows, and its content."""
    stamp = project_file.next_stamp(None)
    return project_file.pack(make(), stamp), project_file._stamped(Path(), make(), stamp)[0]


def _another(file: bytes, content: Content) -> bytes:
    """The same file with other ids, and the fingerprint that belongs to them."""
    facts = dict(zip(*content["meta"]))
    was = facts.pop("sha256")
    other = dict(sorted({**facts, "document_id": uuid.uuid4().hex, "save_id": uuid.uuid4().hex}.items()))
    fingerprint = settle({**content, "meta": [list(each) for each in zip(*other.items())]})
    for old, new in ((was, fingerprint), *((facts[name], other[name]) for name in ("document_id", "save_id"))):
        file = file.replace(old.encode(), new.encode())
    return file


def spoil(path: Path, *statements: str | tuple[str, tuple[Any, ...]]) -> Path:
    """Change a file behind our back, by SQLite itself, in one transaction."""
    with closing(connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA ignore_check_constraints=ON")
        base.execute("PRAGMA synchronous=OFF")  # no power is cut here
        base.execute("BEGIN")
        for statement in statements:
            base.execute(*([statement] if isinstance(statement, str) else statement))
        base.execute("COMMIT")
    return path


def without_rules(path: Path, table: str, changes: str = "") -> Path:
    """Make a table anew without NOT NULL, types and keys, so that anything fits in."""
    with closing(connect(path)) as base:
        columns = [f'"{column[1]}"' for column in base.execute(f"PRAGMA table_info({table})")]
    names = ", ".join(columns)
    return spoil(
        path,
        f"CREATE TABLE loose ({names}{changes})",
        f"INSERT INTO loose ({names}) SELECT {names} FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE loose RENAME TO {table}",
    )


def sight(path: Path) -> tuple[Any, ...]:
    """How a file and its folder look: bytes (of one that is not vast), times, inode, neighbours."""
    folder = path.absolute().parent
    around = sorted((entry.name, entry.lstat().st_mtime_ns, entry.lstat().st_size) for entry in folder.iterdir())
    look = path.lstat()
    given = path.read_bytes() if path.is_file() and look.st_size < 1 << 26 else b""
    return given, look.st_mtime_ns, look.st_ctime_ns, look.st_ino, look.st_mode, folder.stat().st_mtime_ns, around


def child(code: str, *arguments: object, disk: copies.Disk | None = None) -> str:
    """Run a piece of Python in a process of its own, which alone sees `disk`, and return what it prints."""
    done = copies.run("-c", code, *arguments, disk=disk)
    assert done.returncode == 0, done.stderr
    return done.stdout


def is_old_and_sound(loaded: project_file.Loaded) -> bool:
    """True for the file of version 1, opened with the one sentence about its far boxes, or lifted, with none."""
    lifted = loaded.stamp.version == VERSION
    said = ["held boxes outside of the drawing; they were moved back into it."]
    return [warning.split(" ", 1)[1] for warning in loaded.warnings] == ([] if lifted else said)
