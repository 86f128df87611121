"""The shipped blueprints: subtrees with what they teach, read from `resources/blueprints/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from designer.assets import asset, resources

ORDER = (
    "three-zone-web-shop",
    "vpc-public-private",
    "active-passive-regions",
    "dedicated-hosts",
    "esxi-n-plus-one",
    "proxmox-quorum",
    "one-app-per-server",
    "consolidated",
    "laptop-virtualbox",
    "serverless-site",
    "cost-of-resilience",
)
"""The order of the blueprints in lists; others follow by name."""


@dataclass(frozen=True)
class ShippedBlueprint:
    """A subtree to place. `text` is its clipboard text; `first` says what to do with it."""

    name: str
    title: str
    summary: str
    teaches: str
    first: str
    icon: str
    text: str

    @property
    def lesson(self) -> str:
        """What the blueprint teaches and what to do first, as one text."""
        return f"{self.teaches} {self.first}".strip()


@cache
def blueprints() -> dict[str, ShippedBlueprint]:
    """All shipped blueprints by name, in the order of the lists."""
    folder = resources() / "blueprints"
    names = {path.stem for path in folder.glob("*.json")}
    return {name: _read(name) for name in (*(n for n in ORDER if n in names), *sorted(names - set(ORDER)))}


def _read(name: str) -> ShippedBlueprint:
    text = asset(f"blueprints/{name}.json").read_text("utf-8")
    content = json.loads(text)
    told = {key: str(content[key]) for key in ("title", "summary", "teaches", "first", "icon")}
    return ShippedBlueprint(name=name, text=text, **told)
