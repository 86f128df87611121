"""The data files that the program ships: icons, catalog, examples, help."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def resources() -> Path:
    """The folder of shipped data: inside the package when installed, beside it in a checkout."""
    inside = Path(__file__).parent / "resources"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "resources"


def asset(name: str) -> Path:
    """The path of a shipped file, `name` relative to the resources folder ("icons/zone.svg")."""
    return resources() / name
