"""The open project, the selection and the run, as Qt signals: the one bridge between plain signals and Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from designer.catalog.presets.own import OwnBlueprint, OwnPreset
from designer.checks.view import LAYOUT
from designer.commands import presets
from designer.errors import DesignerError
from designer.model.element import ROOT_ID
from designer.model.history import Marks
from designer.model.project import ChangeSet, Project
from designer.store.exchange.library import Library
from designer.store.file.project_file import News
from designer.study.run import Run
from designer.ui.parts.background import Stopped
from designer.ui.parts.large import LARGE, go_to, perform
from designer.ui.shell.live_cost import LiveCost
from designer.ui.shell.live_findings import LiveFindings
from designer.words import tr

P = ParamSpec("P")
R = TypeVar("R")
MOST_KEPT = 1000
"""Of more selected elements it is not kept for undo what was selected."""


def may_run_otherwise(changes: ChangeSet) -> bool:
    """Whether a run after some changes may differ from the one before: not where things were only moved, or look
    otherwise. The order of siblings decides between equal places."""
    fields = changes.changed.values()
    return bool(changes.added or changes.removed) or any(some - LAYOUT or "rank" in some for some in fields)


def concerns_studies(project: Project, changes: ChangeSet) -> bool:
    """Whether changes may change what a study of the design finds: they are of more than scenarios, and of more than
    where elements stand."""

    def is_scenario(row_id: int) -> bool:
        row = project.elements.get(row_id)
        return row is not None and row.kind == "scenario"

    edited = {row_id for row_id, fields in changes.changed.items() if not fields <= LAYOUT}
    return bool(changes.removed) or not all(is_scenario(row_id) for row_id in changes.added | edited)


@dataclass(frozen=True)
class SelectionContent:
    """What the selection is made of, which many actions ask: how many elements, of each kind, and whether one of them
    is in a group."""

    elements: int
    counts: Mapping[str, int]
    grouped: bool


def chosen_of(project: Project, selection: Sequence[int]) -> SelectionContent:
    """Look at all that is selected, once."""
    rows = [project.elements[i] for i in selection if i in project.elements]
    counts = {table.kind: count for table, count in Counter(type(row) for row in rows).items()}
    return SelectionContent(len(rows), counts, any(row.__dict__["grouped"] for row in rows))


class Session(QObject):
    """What the panels share. They read `project`, `selection` and `run`, and write through commands in `do`.

    `changed` carries one ChangeSet an event-loop turn, however many edits there were; `replaced` says that the
    whole design was replaced. `refused` carries the sentence of an error, `told` a plain message. `unsaved`:
    something beside the design (a saved run) is in no file yet. `read_only`: the name of a file that may only be read.
    `news`: what other programs did to the file that is open. `undone`: steps were taken back; what was told of them is
    no longer so. `studied`: marks of the designs that studies find the same of.
    """

    changed = Signal(object)
    replaced = Signal()
    selection_changed = Signal()
    run_changed = Signal()
    frame_changed = Signal()
    title_changed = Signal()
    refused = Signal(str)
    told = Signal(str)
    reveal = Signal(list)
    library_changed = Signal()
    undone = Signal()

    def __init__(self, project: Project, parent: QObject | None = None, library: Library | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.library = library or Library()
        self.path: Path | None = None
        self.selection: tuple[int, ...] = ()
        self.run: Run | None = None
        self.unsaved = False
        self.read_only = ""
        self.news = News()
        self._pending = ChangeSet()
        self._position = project.history.position
        self._looked: SelectionContent | None = None
        self._chosen: dict[int, tuple[int, ...]] = {}
        """By step of the history what was selected before it."""
        self._run_of: object = None
        """The mark of the design that the run is of."""
        self._begin_marks()
        self._telling = False
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._deliver)
        project.changed.connect(self._note)
        project.reset.connect(self._was_replaced)
        self.findings = LiveFindings(project, self)
        self.changed.connect(self.findings.follow)
        self.run_changed.connect(lambda: self.findings.look_at(self.run))
        self.cost = LiveCost(project, self)
        self.changed.connect(self.cost.follow)
        for signal in (self.run_changed, self.frame_changed):
            signal.connect(lambda: self.cost.look_at(self.run))

    def select(self, ids: Iterable[int]) -> None:
        """Select elements (or links), in the given order. The design itself means “nothing selected”."""
        elements, links = self.project.elements, self.project.links
        chosen = tuple(dict.fromkeys(i for i in ids if (i in elements or i in links) and i != ROOT_ID))
        if chosen != self.selection:
            self.selection, self._looked = chosen, None
            self.project.history.seal()
            self.selection_changed.emit()

    @property
    def chosen(self) -> SelectionContent:
        """What the selection is made of."""
        if self._looked is None:
            self._looked = chosen_of(self.project, self.selection)
        return self._looked

    def do(self, command: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
        """Run a command. A refusal becomes a sentence for the user (`refused`), *Cancel* a message (`told`); None is
        returned then."""
        try:
            return command(*args, **kwargs)
        except Stopped as error:
            self.told.emit(str(error))
            return None
        except DesignerError as error:
            self.refused.emit(str(error))
            return None

    def perform(
        self, text: str, count: int, command: Callable[Concatenate[Project, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a command that may be large (it touches about `count` elements), as `perform` of `ui.parts.large`: with
        progress and *Cancel*, whole or not at all. Raises what the command raises, and Stopped."""
        if count > LARGE:
            self.flush()  # what looks ahead beside the window finds the panels as they are
        return perform(self.project, text, count, lambda project: command(project, *args, **kwargs))

    def do_large(
        self, text: str, count: int, command: Callable[Concatenate[Project, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R | None:
        """As `perform`; what is refused becomes a sentence for the user, as in `do`."""
        return self.do(lambda: self.perform(text, count, command, *args, **kwargs))

    def go_to(self, position: int) -> None:
        """Undo or redo until `position` steps of the history are done; a large one with progress and *Cancel*."""
        before = self.project.history.position
        self.do(go_to, self.project, position)
        if self.project.history.position < before:
            self.undone.emit()

    def place(
        self,
        command: Callable[[Project, int, tuple[float, float] | None], list[int]],
        parent_id: int,
        at: tuple[float, float] | None,
        hint: str = "",
        count: int = 1,
    ) -> None:
        """Place something new in a parent, select and show it, and say what to do first."""
        made = self.do_large(tr("Placing …"), count, command, parent_id, at)
        if made:
            self.flush()
            self.select(made)
            self.reveal.emit(list(made))
            if hint:
                self.told.emit(hint)

    def own_presets(self, kind: str = "") -> list[OwnPreset]:
        """The saved presets of a kind, or all: those of the design, then those of the library."""
        return [*presets.presets_of(self.project, kind), *self.library.presets(kind)]

    def own_blueprints(self) -> list[OwnBlueprint]:
        """The saved blueprints: those of the design, then those of the library."""
        return [*presets.blueprints_of(self.project), *self.library.blueprints()]

    def set_run(self, run: Run | None) -> None:
        """Show a run of the present design (or of an older one, where it is stale), or none."""
        self.run = run
        self._run_of = None if run is None or run.stale else self._ran.now
        self.project.history.seal()
        self.run_changed.emit()

    @property
    def modified(self) -> bool:
        """Whether there are unsaved changes."""
        return self.project.history.modified or self.unsaved or self.news.what == "gone"

    @property
    def title(self) -> str:
        """The design's name in the window's title."""
        return self.path.stem if self.path else self.read_only or self.project.root.name

    @property
    def pending(self) -> bool:
        """Whether there are changes that the panels do not know yet."""
        return self._timer.isActive()

    @property
    def untold(self) -> ChangeSet:
        """The changes that the panels do not know yet."""
        return self._pending

    def flush(self) -> None:
        """Deliver pending changes now (before a drag reads the drawing, in tests)."""
        if self._timer.isActive():
            self._timer.stop()
            self._deliver()

    def _note(self, changes: ChangeSet) -> None:
        self._looked = None
        self._pending.ahead = {} if len(self._pending) else changes.ahead
        self._pending.added |= changes.added
        self._pending.removed = (self._pending.removed | changes.removed) - changes.added
        self._pending.added -= changes.removed
        known = self._pending.changed
        for row_id, fields in changes.changed.items():
            known[row_id] = known[row_id] | fields if row_id in known else fields
        position = self.project.history.position
        if position == len(self.project.history.steps) and len(self.selection) <= MOST_KEPT:
            self._chosen.setdefault(position - 1, self.selection)
        self._timer.start()
        self.findings.wait()
        self._ran.follow(may_run_otherwise(changes))
        self.studied.follow(concerns_studies(self.project, changes))
        if self.run is not None:
            self.run.stale = self._run_of is not self._ran.now

    def _begin_marks(self) -> None:
        self._ran, self.studied = Marks(self.project.history), Marks(self.project.history)
        self._run_of = None

    def _deliver(self) -> None:
        if self._telling:  # between two panels of a large change: they know nothing later before all know that one
            self._timer.start()
            return
        changes, self._pending = self._pending, ChangeSet()
        gone = {i for i in self.selection if i not in self.project.elements and i not in self.project.links}
        self._telling = True
        try:
            self.changed.emit(changes)
        finally:
            self._telling = False
        position = self.project.history.position
        if gone or (position < self._position and not self.selection):
            left = [i for i in self.selection if i not in gone]
            self.select(left or self._chosen.get(position, ()))
        self._chosen, self._position = {n: ids for n, ids in self._chosen.items() if n < position}, position
        self.title_changed.emit()

    def _was_replaced(self) -> None:
        self._timer.stop()
        self._begin_marks()
        self._pending = ChangeSet()
        self._chosen, self._position = {}, self.project.history.position
        self.selection, self._looked = (), None
        self.findings.begin(self.project)
        self.cost.begin(self.project)
        self.replaced.emit()
        self.selection_changed.emit()
        self.title_changed.emit()
