"""Receipts of runs: which design, what happened in it, with which seed and program, and the digest of what came of it.

A receipt is one small JSON file. `cloud-designer reproduce RECEIPT FILE` plays the same again and compares the digests.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from designer import __version__
from designer.engine.spec import Spec, TimedEvent
from designer.errors import RuleError
from designer.foreign import json_of
from designer.model.element import id_from_text, id_text
from designer.model.project import Project
from designer.store.file.run_design import fingerprint
from designer.words import tr, trn

FORMAT, VERSION = "cloud-designer-receipt", 1
MOST_BYTES = 64 << 20
"""Most bytes of the file of a receipt."""
MOST_VALUES = 900_000
"""Most values of a receipt, about four an event."""


@dataclass(frozen=True)
class Receipt:
    """What was played, on what, and what came of it. `scenario`: its name, where there was one."""

    program: str
    design: str
    design_sha256: str
    scenario: str
    seed: int
    until_s: float
    events: tuple[TimedEvent, ...]
    digest: str

    def text(self) -> str:
        """The receipt as JSON."""
        events = [{"time_s": e.time_s, "what": e.what, "id": id_text(e.id), "value": e.value} for e in self.events]
        told = {"format": FORMAT, "version": VERSION, **vars(self), "events": events}
        return json.dumps(told, indent=1, allow_nan=False) + "\n"


def receipt_of(
    project: Project, spec: Spec, digest: str, events: Sequence[TimedEvent] | None = None, scenario: str = ""
) -> Receipt:
    """The receipt of a run of a design: its `events`, where not given those of its spec. Slow for a large design."""
    sha256, played = fingerprint(list(project.rows())), tuple(spec.events if events is None else events)
    return Receipt(__version__, project.root.name, sha256, scenario, spec.seed, spec.until_s, played, digest)


def read_receipt(written: bytes) -> Receipt:
    """The receipt that a file holds. Raises RuleError where it is none."""
    try:
        found = json_of(written.decode("utf-8", "replace"), MOST_VALUES)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise RuleError(tr("This file is no receipt of Cloud Designer."))
    if found.get("version") != VERSION:
        raise RuleError(
            tr("This receipt has version {0}; this program reads version {1}.", str(found.get("version")), VERSION)
        )
    try:
        events = tuple(_event(row) for row in found["events"])
        words = [found[name] for name in ("program", "design", "design_sha256", "scenario", "digest")]
        if not all(isinstance(word, str) for word in words) or type(found["seed"]) is not int:
            raise TypeError
        program, design, sha256, scenario, digest = words
        return Receipt(program, design, sha256, scenario, found["seed"], float(found["until_s"]), events, digest)
    except (KeyError, TypeError, ValueError):
        raise RuleError(tr("This receipt is damaged.")) from None


def _event(row: Any) -> TimedEvent:
    found = id_from_text(row["id"])
    if found is None or not isinstance(row["what"], str):
        raise ValueError
    return TimedEvent(float(row["time_s"]), cast(Any, row["what"]), found, float(row["value"]))


def must_fit(receipt: Receipt, project: Project) -> None:
    """Raise RuleError where a receipt is of another design, and its events hit what is not in this one."""
    there = project.elements.keys() | project.links.keys()
    missing = sum(event.id not in there for event in receipt.events)  # or they hit instances that a group launches
    if missing and fingerprint(list(project.rows())) != receipt.design_sha256:
        raise RuleError(
            trn("The receipt is of another design ({1}): {0:,} of its events hits what is not in this one.",
                "The receipt is of another design ({1}): {0:,} of its events hit what is not in this one.",
                missing, receipt.design)
        )  # fmt: skip


def differences(receipt: Receipt, project: Project, digest: str) -> list[str]:
    """What differs between a receipt and the same played again; empty where the results are equal, bit for bit."""
    if digest == receipt.digest:
        return []
    lines = [tr("The result differs: its digest is {0}, not {1}.", digest[:16], receipt.digest[:16])]
    if fingerprint(list(project.rows())) != receipt.design_sha256:
        lines.append(tr("The design is not the one of the receipt ({0}).", receipt.design))
    if receipt.program != __version__:
        lines.append(tr("The receipt is of version {0}; this is {1}.", receipt.program, __version__))
    return lines


def same(receipt: Receipt, digest: str) -> str:
    """That the same came of a receipt again."""
    return trn("The same, bit for bit: digest {1}, {0:,} event, seed {2}.",
               "The same, bit for bit: digest {1}, {0:,} events, seed {2}.",
               len(receipt.events), digest[:16], receipt.seed)  # fmt: skip
