"""Estates in tests: files that are written, inventories that are placed and run, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from designer.catalog import KINDS, LINKS
from designer.commands.estates.placing import place
from designer.engine.simulation import Simulation
from designer.exchange.estate.inventory import Inventory
from designer.model.project import Project
from designer.study.build import build

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"


def written(path: Path, value: Any) -> Path:
    """A file that holds a text, or a value as JSON."""
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def placed(inventory: Inventory) -> Project:
    """The inventory as a design, which also runs for a minute."""
    project = Project(KINDS, LINKS)
    place(project, inventory)
    simulation = Simulation(build(project, until_s=60.0, seed=1))
    simulation.advance(60.0)
    assert simulation.done
    return project


def named(project: Project, kind: str) -> dict[str, Any]:
    """The elements of a kind by their names."""
    return {row.name: row for row in project.elements.values() if row.kind == kind}


def remarks(inventory: Inventory) -> dict[str, str]:
    """Those concerned, by what was done."""
    return {f"{sort}: {what}": who for sort, what, who in inventory.report()}
