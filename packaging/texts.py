"""Collects every text of the window for Qt's translation tools, and keeps what is translated already.

Use: python packaging/texts.py cloud_designer_de.ts, then Qt Linguist, then lrelease; the .qm file belongs into the
folder `texts` among the user's settings.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

CODE = Path(__file__).parent.parent / "designer"
DOORS, CONTEXT = {"tr": 0, "mark": 0, "trn": 1}, "designer"
"""The doors of `designer.words`, with the place of the text under which translations stand."""


@cache
def written() -> list[tuple[str, str]]:
    """The door and the text of each call of a door with a text."""
    return [found for path in sorted(CODE.rglob("*.py")) for found in _in_module(path)]


def _in_module(path: Path) -> Iterator[tuple[str, str]]:
    text = path.read_text("utf-8")
    if not any(f"{door}(" in text for door in DOORS):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DOORS:
            door = node.func.id
            for part in ast.walk(node.args[DOORS[door]]) if len(node.args) > DOORS[door] else ():  # one, or of two
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.strip():
                    yield door, part.value


def data() -> Iterator[str]:
    """Yield the texts of data that the window shows: kinds, fields, links, actions, blueprints, concepts."""
    from designer.catalog import KINDS, LINKS
    from designer.catalog.presets.blueprints import blueprints
    from designer.catalog.presets.manual import CONCEPT_HEAD, KIND_HEAD, concepts
    from designer.catalog.presets.own import PLACES
    from designer.catalog.presets.shipped import preset_lists
    from designer.catalog.reference.ec2 import Offer, ec2
    from designer.checks.registry import CHECKS
    from designer.commands import consolidate, many
    from designer.exchange.questions import SHAPE_WORDS, TIME_WORDS
    from designer.model.fields import field_specs
    from designer.study.results.quantities import QUANTITIES
    from designer.study.story import MEMORY_TOLD
    from designer.ui.actions.table import ACTIONS, MENUS, SUBMENUS
    from designer.ui.canvas.world.colorings import COLORINGS
    from designer.ui.manual.pictures import shown_pictures
    from designer.ui.side.palette import SECTIONS
    from designer.words.reasons import REASONS

    for kind in KINDS.values():
        yield from (kind.label, kind.noun, kind.plural, kind.help)
        for spec in field_specs(kind.table).values():
            yield from (
                spec.title,
                spec.help,
                spec.group,
                spec.zero,
                *(word.replace("_", " ") for word in spec.choices),
            )
    for link in LINKS.values():
        yield from (link.label, link.inverse, link.verb, link.verbs, link.help)
    for action in ACTIONS:
        yield action.text
    for blueprint in blueprints().values():
        yield from (blueprint.title, blueprint.summary, blueprint.teaches, blueprint.lesson, blueprint.first)
    for name, _, where in concepts():
        yield from (name, where)
    for coloring in COLORINGS.values():
        yield from (coloring.title, coloring.tip)
    for picture in shown_pictures():
        yield from (picture.title, picture.text)
    for check in CHECKS:
        yield from (check.title, check.why, check.fix.label if check.fix is not None else "")
    yield from (text for of in QUANTITIES for text in (of.title, of.figure))
    yield from (offer.value for offer in Offer)
    yield from (text for pair in MEMORY_TOLD.values() for text in pair)
    yield from (*MENUS, *SUBMENUS, *SECTIONS.values(), *KIND_HEAD, *CONCEPT_HEAD, *PLACES.values())
    yield from (text for some in REASONS.values() for text in some)
    yield from (name for (kind, _), listed in preset_lists().items() if kind == "host" for name in listed.presets)
    yield from (text for r in ec2().regions.values() for text in (r.place, r.city or r.name))
    yield from (*consolidate.POLICIES.values(), *many.POLICIES.values(), *TIME_WORDS.values(), *SHAPE_WORDS.values())


def all_texts() -> list[str]:
    """Every text with one form, once, in the order of the code; one that also has forms by count is of those."""
    found, counted = [text for door, text in written() if door != "trn"], set(counted_texts())
    return list(dict.fromkeys(text for text in (*found, *data()) if text.strip() and text not in counted))


def counted_texts() -> list[str]:
    """Every text with forms by count, once."""
    from designer.checks.run import STATES
    from designer.study.story import SENTENCES

    found = [text for door, text in written() if door == "trn"]
    tables = [many for _, many in SENTENCES.values()] + [many for _, _, many, _ in STATES]
    return list(dict.fromkeys((*found, *tables)))


def listed(texts: Iterable[str], counted: Iterable[str] = ()) -> str:
    """Calls that Qt's lupdate reads."""
    lines = [f"QCoreApplication.translate({CONTEXT!r}, {quoted(text)})" for text in texts]
    lines += [f'QCoreApplication.translate({CONTEXT!r}, {quoted(text)}, "", 2)' for text in counted]
    return "\n".join([*lines, ""])


def quoted(text: str) -> str:
    """A text as lupdate reads it: in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main(argv: Sequence[str]) -> int:
    """Write or update a file of translations."""
    target = Path(argv[0] if argv else "cloud_designer.ts").resolve()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "texts.py"
        source.write_text(listed(all_texts(), counted_texts()), "utf-8")
        tool = Path(sys.executable).with_name("pyside6-lupdate")
        language = target.stem.rpartition("cloud_designer_")[2]  # it says how many forms by count there are
        told = ["-target-language", language] if language and language != target.stem else []
        return subprocess.run(
            [tool, "-no-obsolete", "-locations", "none", *told, source, "-ts", target], check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
