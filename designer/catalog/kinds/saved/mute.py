"""A muted finding: someone looked at it and wrote down why the design stays as it is."""

from typing import ClassVar

from designer.model.element import Element, field
from designer.model.kind import Kind


class Mute(Element, table=True):
    """A muted finding: the id of its check and the element that it is about; the note is the reason."""

    kind: ClassVar[str] = "mute"

    check_id: str = field("", "Check", editor="hidden", max_length=40)
    of: int = field(0, "Element", editor="hidden")


MUTE = Kind(
    "mute",
    "Muted finding",
    "mute.svg",
    Mute,
    inside=("design",),
    prefix="mute",
    plural="muted findings",
    drawn=False,
    in_palette=False,
    help="A finding that is left out of the list, with the reason. It does not affect a run.",
)
