"""A preset saved in the design: ready values for a kind, chosen and dragged like a shipped preset."""

from typing import ClassVar

from designer.catalog.presets.own import FIELDS_LIMIT, OwnPreset, unpacked_fields
from designer.errors import RuleError
from designer.model.element import Element, field
from designer.model.kind import Kind, Kinds
from designer.words import tr


class Preset(Element, table=True):
    """A preset; its name is the element's."""

    kind: ClassVar[str] = "preset"

    of_kind: str = field("", "For", editor="hidden", max_length=40)
    held: str = field("{}", "Values", editor="hidden", max_length=FIELDS_LIMIT)


def own_preset(kinds: Kinds, row: Element) -> OwnPreset:
    """The record of a preset in the design. Raises RuleError when it is damaged."""
    values = row.__dict__
    fields = unpacked_fields(kinds, values["of_kind"], values["held"], tr("The preset “{0}”", values["name"]))
    return OwnPreset(values["of_kind"], values["name"], fields, values["note"], "design", values["id"])


def preset_differs(own: OwnPreset, element: Element) -> bool:
    """Whether an element's values differ from those of a preset."""
    fields = element.__dict__
    return any(fields[name] != value for name, value in own.fields.items())


def _load_error(kinds: Kinds, row: Element) -> str | None:
    try:
        own_preset(kinds, row)
    except RuleError as error:
        return str(error)
    return None


PRESET = Kind(
    "preset",
    "Preset",
    "preset.svg",
    Preset,
    inside=("design",),
    prefix="preset",
    plural="presets",
    drawn=False,
    in_palette=False,
    help="Ready values for a kind, saved in the design. Choose it in the form or drag it from the palette.",
    load_error=_load_error,
)
