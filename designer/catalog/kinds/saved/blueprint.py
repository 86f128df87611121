"""A blueprint saved in the design: a subtree to place again. Its note says what it teaches."""

from typing import ClassVar

from designer.catalog.presets.own import OwnBlueprint
from designer.model.element import Element, field
from designer.model.kind import Kind, Kinds


class Blueprint(Element, table=True):
    """A blueprint; its name and what it teaches (the note) are the element's."""

    kind: ClassVar[str] = "blueprint"

    data: bytes = field(b"", "Content", editor="hidden")


def own_blueprint(row: Element) -> OwnBlueprint:
    """The record of a blueprint in the design; its content is read when it is used."""
    fields = row.__dict__
    return OwnBlueprint(fields["name"], fields["data"], fields["note"], "design", fields["id"])


def _load_error(kinds: Kinds, row: Element) -> str | None:
    """What is wrong with the beginning or the size of a blueprint. The rest is read when it is used."""
    return own_blueprint(row).damage


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
    help="A part of a design to place again, saved in the design. Drag it from the palette.",
    load_error=_load_error,
)
