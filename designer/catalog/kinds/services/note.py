"""A note: text on the drawing for its readers. It is no part of a run."""

from typing import ClassVar

from designer.model.element import Element
from designer.model.kind import Box, Kind


class Note(Element, table=True):
    """A note; its text is the field `note` that every element has."""

    kind: ClassVar[str] = "note"


NOTE = Kind(
    "note",
    "Note",
    "note.svg",
    Note,
    inside=("design", "region", "zone", "data_center"),
    prefix="note",
    plural="notes",
    section="services",
    box=Box(min_w=180, min_h=72),
    help="Text on the drawing for its readers. It changes no run.",
)
