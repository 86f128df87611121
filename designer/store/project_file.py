"""A design on disk: `save` writes one file whole, `load` reads and checks one. Nothing else touches project files."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from designer import __version__
from designer.errors import FileError
from designer.model.element import Element, Link
from designer.store.check import check_graph, check_values
from designer.store.content import content_of, digest, rows_of
from designer.store.reading import read_content
from designer.store.schema import VERSION
from designer.store.writing import write_whole

SUFFIX = ".clouddesign"


@dataclass(frozen=True)
class Stamp:
    """What a file says about itself: which document it is, which save, and what was saved before."""

    document_id: str
    save_id: str
    parent_save_id: str = ""
    revision: int = 0
    written_by: str = ""


@dataclass(frozen=True)
class Loaded:
    """A design that was read: its rows, the file's stamp, and warnings for the user."""

    rows: list[Element | Link]
    stamp: Stamp
    warnings: list[str] = field(default_factory=list)


def save(path: Path | str, rows: Iterable[Element | Link], before: Stamp | None = None) -> Stamp:
    """Write a design to a file, whole or not at all; its new stamp. `before`: the stamp it was opened with.

    Raises FileError that says what happened and what to do; the old file is then untouched.
    """
    stamp = Stamp(
        document_id=before.document_id if before else uuid.uuid4().hex,
        save_id=uuid.uuid4().hex,
        parent_save_id=before.save_id if before else "",
        revision=before.revision + 1 if before else 1,
        written_by=f"Cloud Designer {__version__}",
    )
    return save_stamped(path, rows, stamp)


def save_stamped(path: Path | str, rows: Iterable[Element | Link], stamp: Stamp) -> Stamp:
    """`save` with a ready stamp: the same rows and stamp give the same bytes."""
    content = content_of(rows)
    meta: dict[str, str] = {
        "document_id": stamp.document_id,
        "save_id": stamp.save_id,
        "parent_save_id": stamp.parent_save_id,
        "revision": str(stamp.revision),
        "written_by": stamp.written_by,
        "min_reader": str(VERSION),
        "sha256": digest(content),
    }
    content["meta"] = sorted(meta.items())
    write_whole(Path(os.fspath(path)), content)
    return stamp


def load(path: Path | str) -> Loaded:
    """Read a design from a file, which is only read. Raises FileError that names the file and what is wrong."""
    path = Path(os.fspath(path))
    content, warnings = read_content(path)
    check_values(path, content)
    meta: dict[str, str] = dict(content["meta"])
    if meta.get("sha256") != digest(content):
        warnings.append(
            f"{path.name} was changed after it was saved, by another program or by a fault of the disk. "
            "Look it over before you rely on it."
        )
    rows = rows_of(content)
    check_graph(path, rows)
    if not meta.get("document_id") or not meta.get("revision", "").isdigit():
        raise FileError(f"{path.name} is damaged: it does not say which document it is.")
    stamp = Stamp(
        meta["document_id"],
        meta.get("save_id", ""),
        meta.get("parent_save_id", ""),
        int(meta["revision"]),
        meta.get("written_by", ""),
    )
    return Loaded(rows, stamp, warnings)
