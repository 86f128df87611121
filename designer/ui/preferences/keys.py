"""Which keys belong to which action: those of the table of actions, or the user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtGui import QAction, QKeySequence

from designer.settings import Settings
from designer.words import tr

SETTING = "keys"
RESERVED = ("Up", "Down", "Left", "Right", "Return", "Enter", "Esc", "Tab", "Backspace", "Space", "Home", "End")
"""Keys that the drawing, lists and fields need."""
LETTERS = tr("A letter without Ctrl or Alt is typed into fields; only tools of the drawing have one.")


@dataclass(frozen=True)
class KeyRow:
    """An action of which keys are told: its usual ones in `key`."""

    id: str
    text: str
    menu: str
    key: str


@dataclass(frozen=True)
class Keys:
    """The keys of all actions, by id; `own` are those that the user has changed. An empty text: none."""

    rows: tuple[KeyRow, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, rows: Sequence[KeyRow], settings: Settings) -> Keys:
        """The keys with the user's own; what is no key of an action that there is, is ignored."""
        saved = settings.get(SETTING, {})
        known = {row.id: row for row in rows}
        own = {name: key for name, key in saved.items() if name in known and isinstance(key, str)}
        return cls(tuple(rows), {name: key for name, key in own.items() if key != known[name].key})

    def of(self, action_id: str) -> str:
        """The keys of an action."""
        usual = next(row.key for row in self.rows if row.id == action_id)
        return self.own.get(action_id, usual)

    def why_not(self, action_id: str, key: str) -> str:
        """Why an action cannot have these keys; empty where it can. Conflicts are no reason: see `owner`."""
        row = next(row for row in self.rows if row.id == action_id)
        if key in RESERVED:
            return tr("{0} belongs to the drawing, to lists and to fields.", key)
        if len(key) == 1 and len(row.key) != 1:
            return LETTERS
        return ""

    def owner(self, action_id: str, key: str) -> KeyRow | None:
        """The other action that has these keys."""
        return next((row for row in self.rows if key and row.id != action_id and self.of(row.id) == key), None)

    def changed(self, action_id: str, key: str) -> Keys:
        """The keys with others for an action; another action that has them loses them."""
        loser = self.owner(action_id, key)
        own = {**self.own, action_id: key, **({loser.id: ""} if loser is not None else {})}
        return Keys(self.rows, {row.id: own[row.id] for row in self.rows if own.get(row.id, row.key) != row.key})

    def reset(self, action_id: str) -> Keys:
        """The keys with the usual ones for an action."""
        return self.changed(action_id, next(row.key for row in self.rows if row.id == action_id))

    def apply(self, actions: Mapping[str, QAction]) -> None:
        """Give Qt's actions their keys."""
        for row in self.rows:
            action, key = actions[row.id], self.own.get(row.id, row.key)
            if key or not action.shortcut().isEmpty():
                action.setShortcut(QKeySequence(key))

    def keep(self, settings: Settings) -> None:
        """Remember the user's own keys."""
        settings.set(SETTING, dict(self.own))


def follow_keys(action: QAction, show: Callable[[str], object]) -> None:
    """Show the keys of an action, now and whenever they change."""
    shown: list[str] = []

    def look() -> None:
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if shown != [key]:
            shown[:] = [key]
            show(key)

    action.changed.connect(look)
    look()
