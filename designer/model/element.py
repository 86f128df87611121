"""What all elements of a design share, and how their fields are declared.

A `table=True` class checks nothing when constructed or assigned, so only `Project.add` and `Project.set` write, and
both check. Values live in `__dict__`; rows are plain objects in memory.
"""

# No `from __future__ import annotations` here or in the catalog: SQLModel reads the real types.

import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from sqlalchemy import String
from sqlalchemy.orm import configure_mappers
from sqlmodel import Field, SQLModel

from designer.ids import ROOT_ID as ROOT_ID
from designer.ids import id_from_text as id_from_text
from designer.ids import id_text as id_text
from designer.ids import new_id as new_id

NAME_LIMIT = 200
"""Longest name, in characters."""

E = TypeVar("E", bound="SQLModel")


def field(
    default: Any,
    title: str,
    *,
    unit: str = "",
    group: str = "",
    help: str = "",
    source: str = "",
    confidence: str = "",
    when: tuple[str, *tuple[str, ...]] | None = None,
    editor: str = "",
    zero: str = "",
    **limits: Any,
) -> Any:
    """A typed field of a kind.

    `unit` is the base unit of the stored value; `group` makes sections in the form; `when=(field, value, ...)` shows
    the field only while another is shown and has one of these values ("> 0": a number above that); `editor` names a
    special editor: "preset", "time_zone", "cidr", "text", "id" for what names one thing only, "reference:trace",
    "hidden"; `zero` is what a form says in place of 0 ("no limit"); `confidence` is A, B or C as in the facts. `limits`
    are pydantic's (ge, gt, le, lt, max_length).
    """
    extra = {
        "unit": unit,
        "group": group,
        "help": help,
        "source": source,
        "confidence": confidence,
        "when": when,
        "editor": editor,
        "zero": zero,
    }
    return Field(default=default, title=title, schema_extra={"json_schema_extra": extra}, **limits)


def quantity(default: float, unit: str, title: str, **declared: Any) -> Any:
    """A number with a unit; the rest as `field`."""
    return field(default, title, unit=unit, **declared)


def seconds(default: float, title: str, **declared: Any) -> Any:
    """A time, at most a day; the rest as `field`."""
    return quantity(default, "s", title, ge=0, le=86_400, **declared)


def fraction(default: float, title: str, **declared: Any) -> Any:
    """A part of a whole, from 0 to 1; the rest as `field`."""
    return quantity(default, "fraction", title, ge=0, le=1, **declared)


def choice(default: str, title: str, **declared: Any) -> Any:
    """One of a few words (the annotation is a Literal); the rest as `field`."""
    return field(default, title, sa_type=String, **declared)


class Element(SQLModel):
    """One element of a design. Position and size are relative to the parent, in drawing units (1 = 1 px at 100%).
    A `locked` element is not moved, resized or deleted; a `hidden` one is not drawn, nor what stands in it. Those of
    one container with the same `grouped` are a group of the drawing of that name. What was `placed` by hand stays
    where it is when the drawing is tidied.
    `preset` is the name of the saved preset that it was made from. `foreign_id` is its id in the estate or
    program it comes from.
    """

    model_config = {"defer_build": True}  # rows are checked a field at a time: no kind needs its validator
    kind: ClassVar[str] = ""

    id: int = Field(default=0, primary_key=True)
    parent: int = field(ROOT_ID, "Stands in", editor="hidden")
    rank: int = field(0, "Order among siblings", editor="hidden")
    name: str = field("", "Name", editor="hidden", max_length=NAME_LIMIT)
    x: float = field(0.0, "Left", editor="hidden")
    y: float = field(0.0, "Top", editor="hidden")
    w: float = field(0.0, "Width", editor="hidden", ge=0)
    h: float = field(0.0, "Height", editor="hidden", ge=0)
    hug: bool = field(True, "Fit to content", editor="hidden")
    locked: bool = field(False, "Locked", editor="hidden")
    hidden: bool = field(False, "Hidden", editor="hidden")
    placed: bool = field(False, "Placed by hand", editor="hidden", help="Tidy leaves it where it is.")
    grouped: str = field("", "In group", editor="hidden", max_length=NAME_LIMIT)
    note: str = field("", "Note", group="Notes", editor="text", max_length=20_000)
    foreign_id: str = field(
        "",
        "Foreign id",
        group="Notes",
        editor="id",
        max_length=NAME_LIMIT,
        help="Its id elsewhere, like vm-1042 or i-0abc. It does not affect a run.",
    )
    preset: str = field("", "Preset", editor="hidden", max_length=NAME_LIMIT)


class Link(SQLModel, table=True):
    """Everything that is not containment: member of, spans, template, attached to ... ."""

    __tablename__ = "link"

    id: int = Field(default=0, primary_key=True)
    kind: str = Field(default="", max_length=40)
    source: int = 0
    target: int = 0
    role: str = Field(default="", max_length=NAME_LIMIT)


def values(row: SQLModel) -> dict[str, Any]:
    """All field values of an element or link, in declared order."""
    fields = row.__dict__
    return {name: fields[name] for name in type(row).model_fields}


def make(cls: type[E], given: Mapping[str, Any]) -> E:
    """A row of ready values, unchecked and fast (for bulk work); missing fields take their defaults."""
    row: E = cls.__new__(cls)
    row.__dict__.update(_defaults(cls))
    row.__dict__.update(given)
    return row


_DEFAULTS: dict[type, dict[str, Any]] = {}


def _defaults(cls: type[SQLModel]) -> dict[str, Any]:
    if cls not in _DEFAULTS:
        configure_mappers()  # a row that no constructor made can be read only then
        _DEFAULTS[cls] = {name: info.get_default() for name, info in cls.model_fields.items()}
    return _DEFAULTS[cls]


def clone(row: E, **changed: Any) -> E:
    """A copy of a row with some values changed, unchecked."""
    made: E = type(row).__new__(type(row))
    fields = dict(row.__dict__)
    fields.pop("_sa_instance_state", None)  # the table's bookkeeping belongs to one object
    made.__dict__.update(fields, **changed)
    return made


def natural(name: str) -> list[tuple[int, int, str]]:
    """A name as a key to sort by, with numbers in their order: vm-2 is before vm-10."""
    parts = re.findall(r"\d+|\D+", name.lower())
    return [(0, int(part[:18]), part) if part.isdecimal() else (1, 0, part) for part in parts]
