"""What the palette offers and the drawing accepts: kinds, presets, blueprints. Each knows where it may stand, its
size there and how to place it. A drag carries it as data, also into another window."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from PySide6.QtCore import QMimeData

from designer.catalog.presets.blueprints import ShippedBlueprint
from designer.catalog.presets.own import PLACES, OwnBlueprint, OwnPreset, checked_fields, checked_text
from designer.commands import blueprints, clipboard, edit, many, presets
from designer.errors import DesignerError, RuleError
from designer.foreign import json_of, memory_for
from designer.memory import must_have
from designer.model import layout
from designer.model.kind import Kind
from designer.model.project import Project
from designer.words import tr

KIND_MIME = "application/x-cloud-designer-kind"
ITEM_MIME = "application/x-cloud-designer-item"
IDS_MIME = "application/x-cloud-designer-ids"
"""Elements of the design, dragged from the outline."""
LONGEST_ID = 19
"""Digits of the largest id."""

Point = tuple[float, float]


class Item(Protocol):
    """Something that can be placed."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def icon(self) -> str:
        """The name of its icon."""

    @property
    def kind(self) -> str:
        """The kind whose colors it has."""

    @property
    def sibling_kind(self) -> str:
        """The kind beside which it comes to stand where it is dropped onto one; empty: any."""

    @property
    def tip(self) -> str:
        """What its tool tip says."""

    @property
    def words(self) -> str:
        """What a search for it looks in, beside its title."""

    @property
    def hint(self) -> str:
        """The sentence shown after placing it."""

    def mime(self) -> QMimeData:
        """It as what a drag carries."""

    def target(self, project: Project, parent_id: int) -> tuple[list[str], str | None]:
        """The kinds to add in between in a parent, or why it may not stand there."""

    @property
    def count(self) -> int:
        """How many elements and links it makes."""

    def size(self, project: Project, parent_id: int) -> tuple[float, float]:
        """Width and height it has in a parent."""

    def place(self, project: Project, parent_id: int, at: Point | None) -> list[int]:
        """Place it as one undo step; return the ids of the outermost elements. Raises RuleError."""


@dataclass(frozen=True)
class KindItem:
    """A kind."""

    what: Kind
    hint: str = ""
    count: int = 1

    @property
    def title(self) -> str:
        """The kind's label."""
        return tr(self.what.label)

    @property
    def icon(self) -> str:
        """The kind's icon."""
        return self.what.icon.removesuffix(".svg")

    @property
    def kind(self) -> str:
        """The kind."""
        return self.what.name

    @property
    def sibling_kind(self) -> str:
        """The kind."""
        return self.what.name

    @property
    def tip(self) -> str:
        """The kind's help."""
        return tr(self.what.help)

    @property
    def words(self) -> str:
        """Its name, many of it, its section, its help."""
        return f"{self.what.name} {self.what.plural} {self.what.section} {self.what.help}"

    def mime(self) -> QMimeData:
        """The kind's name."""
        return _mime(KIND_MIME, self.what.name)

    def target(self, project: Project, parent_id: int) -> tuple[list[str], str | None]:
        """As for any element of the kind."""
        return edit.why_not_place_through(project, self.what.name, parent_id)

    def size(self, project: Project, parent_id: int) -> tuple[float, float]:
        """That of a new element."""
        return layout.size_in(project, self.what.name, parent_id)

    def place(self, project: Project, parent_id: int, at: Point | None) -> list[int]:
        """A new element."""
        return [edit.place_through(project, self.what.name, parent_id, at)]


@dataclass(frozen=True)
class SeveralItem(KindItem):
    """`count` new elements of a kind, side by side in one parent."""

    @property
    def title(self) -> str:
        """How many of what."""
        return self.what.counted(self.count)

    def place(self, project: Project, parent_id: int, at: Point | None) -> list[int]:
        """The elements, the first where it is wanted. Raises RuleError where not all find room."""
        return many.place_several(project, self.what.name, self.count, parent_id, at)


@dataclass(frozen=True)
class PresetItem:
    """A saved preset."""

    own: OwnPreset
    label: str
    icon: str
    hint: str = ""
    count: int = 1

    @property
    def title(self) -> str:
        """The preset's name."""
        return self.own.name

    @property
    def kind(self) -> str:
        """The kind it is for."""
        return self.own.kind

    @property
    def sibling_kind(self) -> str:
        """The kind it is for."""
        return self.own.kind

    @property
    def tip(self) -> str:
        """What it is, and its note."""
        return tr("{0}, preset of {1}. {2}", self.label, tr(PLACES[self.own.where]), self.own.note).strip()

    @property
    def words(self) -> str:
        """Its kind and note."""
        return tr("preset {0} {1}", self.label, self.own.note)

    def mime(self) -> QMimeData:
        """Kind, name and values."""
        own = self.own
        content = {"sort": "preset", "kind": own.kind, "name": own.name, "fields": dict(own.fields), "note": own.note}
        return _mime(ITEM_MIME, json.dumps(content))

    def target(self, project: Project, parent_id: int) -> tuple[list[str], str | None]:
        """As for an element with its values."""
        return edit.why_not_place_through(project, self.own.kind, parent_id, self.own.fields)

    def size(self, project: Project, parent_id: int) -> tuple[float, float]:
        """That of a new element."""
        return layout.size_in(project, self.own.kind, parent_id)

    def place(self, project: Project, parent_id: int, at: Point | None) -> list[int]:
        """A new element with its values."""
        return [presets.place(project, self.own, parent_id, at)]


@dataclass(frozen=True)
class BlueprintItem:
    """A blueprint, shipped or saved; the text of a saved one is read when it is used."""

    title: str
    shipped_text: str = field(repr=False)
    icon: str
    kind: str
    summary: str = ""
    lesson: str = ""
    own: OwnBlueprint | None = None
    first: str = ""
    """What to do with it first; a saved one says that in its lesson."""

    @property
    def hint(self) -> str:
        """One sentence: what to do first. Its note in the drawing and its tip have the whole lesson."""
        return re.split(r"(?<=\.) ", self.first or self.lesson, maxsplit=1)[0]

    @property
    def text(self) -> str:
        """The clipboard's text. Raises RuleError when it is damaged."""
        return self.own.text if self.own is not None else self.shipped_text

    @property
    def count(self) -> int:
        """How many elements and links it holds; 0 where it cannot be read."""
        try:
            return clipboard.count_of(self.text)
        except RuleError:
            return 0

    @property
    def sibling_kind(self) -> str:
        """The kind of its only outermost element; none where it cannot be read."""
        try:
            kinds = clipboard.root_kinds(self.text)
        except RuleError:
            return ""
        return kinds.pop() if len(kinds) == 1 else ""

    @property
    def tip(self) -> str:
        """What it is and what it teaches."""
        return "\n\n".join(part for part in (self.summary, self.lesson) if part)

    @property
    def words(self) -> str:
        """What it is and what it teaches."""
        return tr("blueprint {0} {1}", self.summary, self.lesson)

    def mime(self) -> QMimeData:
        """Title, content and what it teaches; no content where it cannot be read."""
        try:
            text = self.text
        except RuleError:
            text = ""
        content = {"sort": "blueprint", "title": self.title, "text": text, "lesson": self.lesson, "first": self.first}
        return _mime(ITEM_MIME, json.dumps(content))

    def target(self, project: Project, parent_id: int) -> tuple[list[str], str | None]:
        """As for its outermost elements."""
        try:
            return blueprints.why_not_place(project, self.text, parent_id)
        except RuleError as error:
            return [], str(error).rstrip(".")

    def size(self, project: Project, parent_id: int) -> tuple[float, float]:
        """That of the whole."""
        try:
            return blueprints.size_of(self.text)
        except RuleError:
            return 0.0, 0.0

    def place(self, project: Project, parent_id: int, at: Point | None) -> list[int]:
        """All of it as a block."""
        return blueprints.place(project, self.text, self.title, parent_id, at)


def shipped_item(blueprint: ShippedBlueprint) -> BlueprintItem:
    """A shipped blueprint."""
    kind = blueprint.icon.replace("-", "_")
    told = tr(blueprint.summary), tr(blueprint.lesson)
    return BlueprintItem(tr(blueprint.title), blueprint.text, blueprint.icon, kind, *told, first=tr(blueprint.first))


def own_item(project: Project, own: OwnPreset | OwnBlueprint) -> Item:
    """A saved preset or blueprint."""
    if isinstance(own, OwnPreset):
        kind = project.kinds[own.kind]
        return PresetItem(own, tr(kind.label), kind.icon.removesuffix(".svg"))
    kind = project.kinds.get(own.icon_kind) or project.kinds["note"]
    summary = own.note.partition("\n")[0] or tr("Blueprint of {0}", tr(PLACES[own.where]))
    return BlueprintItem(own.name, "", kind.icon.removesuffix(".svg"), kind.name, summary, own.note, own)


def own_of(item: Item) -> OwnPreset | OwnBlueprint | None:
    """The saved preset or blueprint of an item, or None for a shipped one."""
    return item.own if isinstance(item, PresetItem | BlueprintItem) else None


def _mime(name: str, text: str) -> QMimeData:
    mime = QMimeData()
    mime.setData(name, text.encode())
    return mime


def ids_of(mime: QMimeData) -> list[int]:
    """The ids of the elements of a drag; none where it carries something else."""
    parts = bytes(mime.data(IDS_MIME).data()).decode("utf-8", "replace").split()
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= LONGEST_ID]


def carries_item(mime: QMimeData) -> bool:
    """Whether a drag carries something that can be placed."""
    return mime.hasFormat(KIND_MIME) or mime.hasFormat(ITEM_MIME)


def item_of(mime: QMimeData, project: Project) -> Item | None:
    """The item of a drag; None when it holds nothing to place here."""
    if mime.hasFormat(KIND_MIME):
        kind = project.kinds.get(bytes(mime.data(KIND_MIME).data()).decode("utf-8", "replace"))
        return KindItem(kind) if kind is not None else None
    try:
        text = bytes(mime.data(ITEM_MIME).data())
        must_have(memory_for(text))
        return _item(json_of(text, clipboard.VALUES_LIMIT), project)
    except (ValueError, KeyError, TypeError, AttributeError, DesignerError):
        return None


def _item(content: Mapping[str, Any], project: Project) -> Item:
    if content["sort"] == "preset":
        kind, name = str(content["kind"]), str(content["name"])
        fields = checked_fields(project.kinds, kind, content["fields"], name)
        return own_item(project, OwnPreset(kind, name, fields, str(content["note"])))
    title, text = str(content["title"]), checked_text(project.kinds, str(content["text"]), str(content["title"]))
    lesson, first = str(content["lesson"]), str(content.get("first", ""))
    return BlueprintItem(title, text, "blueprint", "blueprint", lesson=lesson, first=first)
