"""A blueprint of one's own that is kept in the design: a subtree, to be placed again; its note says what it teaches."""

from typing import ClassVar

from designer.catalog.presets.own import OwnBlueprint, unpacked_text
from designer.errors import RuleError
from designer.model.element import Element, field
from designer.model.kind import Kind, Kinds


class Blueprint(Element, table=True):
    """A blueprint; its name and what it teaches (the note) are the element's."""

    kind: ClassVar[str] = "blueprint"

    data: bytes = field(b"", "Content", editor="hidden")


def own_blueprint(kinds: Kinds, row: Element) -> OwnBlueprint:
    """The record of a blueprint in the design. Raises RuleError when it is damaged."""
    held = row.__dict__
    text = unpacked_text(kinds, held["data"], f"The blueprint “{held['name']}”")
    return OwnBlueprint(held["name"], text, held["note"], "design", held["id"])


def _load_error(kinds: Kinds, row: Element) -> str | None:
    try:
        own_blueprint(kinds, row)
    except RuleError as error:
        return str(error)
    return None


BLUEPRINT = Kind(
    "blueprint",
    "Blueprint",
    "blueprint.svg",
    Blueprint,
    inside=("design",),
    prefix="blueprint",
    plural="blueprints",
    drawn=False,
    in_palette=False,
    help="A part of a design that can be placed again, kept in the design. Drag it from the palette.",
    load_error=_load_error,
)
