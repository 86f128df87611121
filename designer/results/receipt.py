"""Receipts of runs: which design, what happened in it, with which seed and program, and the digest of what came of it.

A receipt is one small JSON file. `cloud-designer reproduce RECEIPT FILE` plays the same again and compares the digests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from designer import __version__
from designer.engine.spec import TimedEvent
from designer.errors import RuleError
from designer.foreign import json_of
from designer.model.element import id_from_text, id_text
from designer.model.project import Project
from designer.store.file.run_design import fingerprint
from designer.study.headless import Headless

FORMAT, VERSION = "cloud-designer-receipt", 1
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


def receipt_of(project: Project, done: Headless, scenario: str = "") -> Receipt:
    """The receipt of a run of a design."""
    spec = done.spec
    sha256 = fingerprint(list(project.rows()))
    return Receipt(
        __version__, project.root.name, sha256, scenario, spec.seed, spec.until_s, tuple(spec.events), done.digest
    )


def read_receipt(text: str) -> Receipt:
    """The receipt of a text. Raises RuleError where it is none."""
    try:
        found = json_of(text, MOST_VALUES)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise RuleError("This file is no receipt of Cloud Designer.")
    if found.get("version") != VERSION:
        raise RuleError(f"This receipt has version {found.get('version')}; this program reads version {VERSION}.")
    try:
        events = tuple(_event(row) for row in found["events"])
        words = [found[name] for name in ("program", "design", "design_sha256", "scenario", "digest")]
        if not all(isinstance(word, str) for word in words) or type(found["seed"]) is not int:
            raise TypeError
        program, design, sha256, scenario, digest = words
        return Receipt(program, design, sha256, scenario, found["seed"], float(found["until_s"]), events, digest)
    except (KeyError, TypeError, ValueError):
        raise RuleError("This receipt is damaged.") from None


def _event(row: Any) -> TimedEvent:
    found = id_from_text(row["id"])
    if found is None or not isinstance(row["what"], str):
        raise ValueError
    return TimedEvent(float(row["time_s"]), cast(Any, row["what"]), found, float(row["value"]))


def differences(receipt: Receipt, project: Project, done: Headless) -> list[str]:
    """What differs between a receipt and the same played again; empty where the results are equal, bit for bit."""
    if done.digest == receipt.digest:
        return []
    lines = [f"The result is another one: {done.digest[:16]}, not {receipt.digest[:16]}."]
    if fingerprint(list(project.rows())) != receipt.design_sha256:
        lines.append(f"The design is not the one of the receipt ({receipt.design}).")
    if receipt.program != __version__:
        lines.append(f"The receipt is of version {receipt.program}; this is {__version__}.")
    return lines
