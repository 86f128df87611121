"""The Run menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from designer import units
from designer.catalog.rules.flows import link_name
from designer.catalog.scenarios.targets import hits_of
from designer.engine.spec import TimedEvent
from designer.errors import RuleError
from designer.study.availability.bad_years import BadYear
from designer.study.availability.playing import year_design, year_name
from designer.study.scenarios.play import timed_events
from designer.study.states import RunState
from designer.ui.actions.late import late
from designer.ui.actions.row import Action, in_run, selected_in_run
from designer.ui.parts.theme import Theme
from designer.ui.run.run_control import VM_SERIES, other_speed
from designer.ui.shell.context import Context
from designer.ui.shell.session import Session
from designer.words import mark, tr

CostPanel = late("cost.panel", "CostPanel")
PlacesPanel = late("cost.places_panel", "PlacesPanel")
RebalanceDialog = late("cost.rebalance_dialog", "RebalanceDialog")
MoveEstateDialog = late("cost.sizing_dialogs", "MoveEstateDialog")
SizingDialog = late("cost.sizing_dialogs", "SizingDialog")
HeadroomDialog = late("pickers.headroom_dialog", "HeadroomDialog")
CollapseDialog = late("run.collapse_dialog", "CollapseDialog")
EachPanel = late("run.each_panel", "EachPanel")
ExportDialog = late("run.export_dialog", "ExportDialog")
NinesPanel = late("run.nines.panel", "NinesPanel")
RunsDialog = late("run.runs_dialog", "RunsDialog")
ScenariosPanel = late("run.scenarios.panel", "ScenariosPanel")
RegionsPanel = late("run.scenarios.regions_panel", "RegionsPanel")

BRANCHES, USUAL_BRANCH = (0.0, 0.25, 0.5, 0.75), 2
"""The moments of a run that is over that are offered, as parts of its length; the one that Enter chooses."""


def save_run(context: Context) -> None:
    """Save the run that is shown with the design, under a label."""
    text, sure = QInputDialog.getText(context.frame, tr("Save This Run"), tr("Label:"))
    if sure:
        context.runs.save(text)


def show_runs(context: Context) -> None:
    """Open the list of saved runs, with their curves once the plots are loaded."""
    lanes = context.panels.lanes
    dialog = RunsDialog(context.runs, context.frame, lanes.overlay() if lanes is not None else None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def hosts_in_run(context: Context) -> bool:
    """Return whether hosts, and nothing else, are selected and there is a run."""
    return _in_run(context, "host")


def regions_in_run(context: Context) -> bool:
    """Return whether regions, and nothing else, are selected and there is a run."""
    return _in_run(context, "region")


def vms_in_run(context: Context) -> bool:
    """Return whether VMs, and nothing else, are selected and there is a run."""
    return _in_run(context, "vm")


def _happen(what: str, context: Context) -> None:
    context.control.happen(what, context.session.selection)


def _in_run(context: Context, kind: str) -> bool:
    elements, chosen = context.session.project.elements, context.session.selection
    return in_run(context) and bool(chosen) and all(i in elements and elements[i].kind == kind for i in chosen)


def offer_branch(context: Context, what: str, ids: Sequence[int]) -> None:
    """Offer moments of a run that is over at which something shall happen: one click goes there and does it."""
    run, project = context.session.run, context.session.project
    names = [project.called(project.elements[i]) for i in ids if i in project.elements]
    names += [link_name(project, project.links[i]) for i in ids if i in project.links]
    if run is None or not names:
        return
    name = (names[0] if len(names) == 1 else tr("{0:,} elements", len(names))).replace("&", "&&")
    verbs = {"fail": tr("Fail"), "recover": tr("Recover"), "drain": tr("Drain"), "open": tr("End maintenance of")}
    verbs |= {"fail_control": tr("Fail control plane of"), "recover_control": tr("Recover control plane of")}
    verbs |= {"stop": tr("Stop"), "start": tr("Start"), "reboot": tr("Reboot"), "terminate": tr("Terminate")}
    verb = verbs[what]
    view = context.canvas.view
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addAction(tr("The run is over. Go back and run on from there:")).setEnabled(False)
    for part in BRANCHES:
        time_s = part * run.time_s
        action = menu.addAction(tr("{0} {1} at {2}", verb, name, units.clock_text(time_s)))
        action.triggered.connect(partial(context.control.branch, what, ids, time_s))
    menu.popup(view.mapToGlobal(view.rect().center()))
    menu.setActiveAction(menu.actions()[1 + USUAL_BRANCH])


def keeps_vm_series(context: Context) -> bool:
    """Return whether runs keep the load of each VM in each step."""
    return context.settings.get(VM_SERIES, False) is True


def keep_vm_series(context: Context) -> None:
    """Let the runs that begin from now on keep the load of each VM in each step; not any more where they do."""
    context.settings.set(VM_SERIES, not keeps_vm_series(context))


def export_animation(context: Context) -> None:
    """Ask what an animated picture of the run shows, and make it."""
    module = import_module("designer.ui.pictures.animation_dialog")  # its library is loaded when somebody wants one
    dialog = module.AnimationDialog(context.session, context.canvas.view, context.frame)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def is_over(context: Context) -> bool:
    """Return whether there is a run that is over, of which a receipt tells."""
    run = context.session.run
    return run is not None and run.state is RunState.FINISHED and bool(run.digest)


def _receipts(what: str, context: Context) -> None:
    """Save a receipt or play one again: what reads files of receipts is loaded when somebody wants one."""
    getattr(import_module("designer.ui.run.scenarios.receipts"), what)(context)


def show_plots(context: Context) -> None:
    """Open the window of plots beside the window; what is dragged there is shown on the drawing."""
    made = import_module("designer.ui.plots.explore.window").PlotsWindow(context.session, context.theme, context.frame)
    made.scrubbed.connect(context.control.scrub)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    made.show()


def show_each(context: Context) -> None:
    """Show the panel that fails each element in turn, and begin; hide it where it is shown."""
    panel = _foot(context, "each", EachPanel, _play_failure)
    if panel is not None and panel.model.answer is None:
        panel.ask()


def show_nines(context: Context) -> None:
    """Show the panel of nines, and begin; hide it where it is shown."""
    panel = _foot(context, "nines", NinesPanel, _play_year)
    if panel is not None and not panel.services.rows:
        panel.ask()


def _foot(
    context: Context, name: str, kind: Callable[[Session, Theme], Any], play: Callable[..., None] | None = None
) -> Any:
    """Show a panel at the foot of the window; None where it was shown, and is hidden. `play` begins what it asks
    for."""
    panels = context.panels
    if panels.foot == name:
        panels.hide_foot()
        return None

    def make() -> QWidget:
        panel = kind(context.session, context.theme)
        panel.closed.connect(panels.hide_foot)
        if play is not None:
            panel.play_requested.connect(partial(play, context))
        return cast(QWidget, panel)

    return panels.show_foot(name, make)


def show_scenarios(context: Context) -> None:
    """Show the panel of scenarios; hide it where it is shown."""
    _foot(context, "scenarios", ScenariosPanel, _play_events)


def _play_events(context: Context, events: Sequence[TimedEvent]) -> None:
    """Start a run in which events happen, with its plots in place of the panel."""
    context.panels.hide_foot()
    context.control.start(events=events)


def _play_year(context: Context, year: BadYear) -> None:
    """Start a run of a drawn year, which shows the beginning of its longest outage as soon as it is there."""
    project, worst = context.session.project, year.worst
    design = year_design(project)
    try:
        hits = hits_of(design, year.events, 0)
    except RuleError as error:
        context.session.refused.emit(str(error))
        return
    context.panels.hide_foot()
    begin_s = worst.begin_h * 3600.0 if worst is not None else 0.0
    context.control.start(events=timed_events(hits), design=design, show_s=begin_s)
    context.session.told.emit(tr("{0}: its longest outage begins at {1}.", year_name(year), units.clock_text(begin_s)))


def show_regions(context: Context) -> None:
    """Show the panel that loses each region, and begin; hide it where it is shown."""
    panel = _foot(context, "regions", RegionsPanel, _play_failure)
    if panel is not None and panel.answer is None:
        panel.ask()


def show_cost(context: Context) -> None:
    """Show the panel of costs; hide it where it is shown."""
    _foot(context, "cost", CostPanel)


def show_sweep(context: Context) -> None:
    """Show the panel of sweeps; hide it where it is shown."""
    module = import_module("designer.ui.run.sweep.panel")  # the plots are loaded when somebody wants them
    _foot(context, "sweep", lambda session, theme: module.SweepPanel(session, theme, context.settings))


def show_places(context: Context) -> None:
    """Show the panel of users and regions; hide it where it is shown."""
    _foot(context, "places", PlacesPanel)


def _play_failure(context: Context, element_id: int, time_s: float) -> None:
    """Start a run in which an element fails, with its plots in place of the list of failures."""
    context.panels.hide_foot()
    context.control.start(events=[TimedEvent(time_s, "fail", element_id)])


def _change_speed(steps: int, context: Context) -> None:
    """Make this run and the next faster by `steps` paces."""
    session, control = context.session, context.control
    until_s = session.run.until_s if session.run is not None else session.project.root.__dict__["until_h"] * 3600.0
    control.set_speed(other_speed(control.speed, until_s, steps))


SUBMENU = tr("More Events")
"""What else may happen in a run."""
ADVICE = tr("Advice")
"""What to change after a run."""
SHARE = tr("Share This Run")
"""What shows a run to others, or makes it again."""
ROWS = (
    Action("run.run", "Run", "Run", lambda c: c.control.play_or_pause(), "F5", "run"),
    Action("run.step", "Step", "Run", lambda c: c.control.step(), "F6", "step"),
    Action("run.stop", "Stop", "Run", lambda c: c.control.cancel(), "Shift+F5", "stop",
           when=lambda c: c.session.run is not None),
    Action("run.newest", "Go to Latest", "Run", lambda c: c.control.scrub(None), "Shift+F6", when=in_run),
    Action("run.slower", "Slower", "Run", partial(_change_speed, -1), "Alt+,"),
    Action("run.faster", "Faster", "Run", partial(_change_speed, 1), "Alt+."),
    Action("run.fail", "Fail Now", "Run", lambda c: c.control.fail(c.session.selection), "Ctrl+Shift+F", "fail",
           when=selected_in_run, separate=True),
    Action("run.recover", "Recover", "Run", lambda c: c.control.recover(c.session.selection), "Ctrl+Shift+R", "recover",
           when=selected_in_run),
    Action("run.drain", "Drain for Maintenance", SUBMENU, lambda c: c.control.happen("drain", c.session.selection),
           when=hosts_in_run),
    Action("run.open", "End Maintenance", SUBMENU, lambda c: c.control.happen("open", c.session.selection),
           when=hosts_in_run),
    Action("run.fail_control", "Fail Control Plane", SUBMENU,
           lambda c: c.control.happen("fail_control", c.session.selection), when=regions_in_run),
    Action("run.recover_control", "Recover Control Plane", SUBMENU,
           lambda c: c.control.happen("recover_control", c.session.selection), when=regions_in_run),
    *(Action(f"run.{what}_vm", title, SUBMENU, partial(_happen, what), when=vms_in_run)
      for what, title in (("stop", mark("Stop VM")), ("start", mark("Start VM")), ("reboot", mark("Reboot VM")),
                          ("terminate", mark("Terminate VM")))),
    Action("run.save", "Save This Run …", "Run", save_run, "Ctrl+Alt+K", when=lambda c: c.runs.can_save,
           separate=True),
    Action("run.runs", "Saved Runs …", "Run", show_runs, "Ctrl+Shift+U"),
    Action("run.export", "Export Results …", "Run", lambda c: c.open_dialog(ExportDialog), "Ctrl+Alt+R",
           when=lambda c: c.session.run is not None),
    Action("run.animation", "Export Animation …", SHARE, export_animation,
           when=lambda c: c.session.run is not None and c.session.run.time_s > 0.0),
    Action("run.save_receipt", "Save Receipt …", SHARE, partial(_receipts, "ask_save"), when=is_over),
    Action("run.play_receipt", "Play a Receipt Again …", SHARE, partial(_receipts, "ask_play")),
    Action("run.plots", "Plots …", "Run", show_plots, "Ctrl+Alt+L", when=lambda c: c.session.run is not None),
    Action("run.vm_series", "Keep Series of All VMs", "Run", keep_vm_series, toggled=keeps_vm_series),
    Action("run.each", "Fail Each in Turn", "Run", show_each, "Shift+F7", separate=True,
           toggled=lambda c: c.panels.foot == "each"),
    Action("run.regions", "Lose Each Region", "Run", show_regions, "Alt+F7",
           toggled=lambda c: c.panels.foot == "regions"),
    Action("run.nines", "How Many Nines", "Run", show_nines, "Ctrl+F7",
           toggled=lambda c: c.panels.foot == "nines"),
    Action("run.scenarios", "Scenarios", "Run", show_scenarios, "Ctrl+Shift+F7",
           toggled=lambda c: c.panels.foot == "scenarios"),
    Action("run.sweep", "Sweep", "Run", show_sweep, "Ctrl+Shift+F8",
           toggled=lambda c: c.panels.foot == "sweep"),
    Action("run.cost", "Cost", "Run", show_cost, "Shift+F8", toggled=lambda c: c.panels.foot == "cost"),
    Action("run.places", "Users and Regions", "Run", show_places, "Shift+F9",
           toggled=lambda c: c.panels.foot == "places"),
    Action("run.size", "Right-Size …", ADVICE, lambda c: c.open_dialog(SizingDialog)),
    Action("run.rebalance", "Rebalance …", ADVICE, lambda c: c.open_dialog(RebalanceDialog)),
    Action("run.move", "Move to a Provider …", ADVICE, lambda c: c.open_dialog(MoveEstateDialog)),
    Action("run.headroom", "Headroom …", ADVICE, lambda c: c.open_dialog(HeadroomDialog)),
    Action("run.collapse", "Collapse Map …", ADVICE, lambda c: c.open_dialog(CollapseDialog)),
)  # fmt: skip
