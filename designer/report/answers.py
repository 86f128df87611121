"""Sections on a design that is put to the test: how many nines, what scenarios do to it, what a run was like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from designer import units
from designer.catalog.kinds.saved.scenario import scenario_events, scenarios_by_name
from designer.catalog.rules.flows import called
from designer.catalog.scenarios.events import ScenarioEvent
from designer.checks.check import Finding
from designer.checks.run import of_run
from designer.errors import DesignerError
from designer.model.project import Project
from designer.report.blocks import Block, PlotBlock, Section, TableBlock, TextBlock
from designer.report.plots import palette, series_plot
from designer.study.availability.answer import YEAR_H, ServiceAvailability, Study
from designer.study.availability.words import MOST_NAIVE, band, credit_text, percent, slo_text, span, too_good
from designer.study.frame_file import ids_of
from designer.study.headless import Headless
from designer.study.results.reading import RunResults
from designer.study.scenarios.answer import answer_of
from designer.study.scenarios.play import play
from designer.study.scenarios.printed import sections
from designer.study.scenarios.region_loss import COLUMNS, cells_of, region_losses
from designer.study.summary import PLACES
from designer.words import tr

Tell = Callable[[float], object]
MOST_CAUSES, MOST_ROWS = 5, 60
PLOTS = (
    ("asked_frac", ("region", "zone")), ("memory_used_frac", ("region", "zone")), ("asked_rps", ("service",)),
    ("dropped_rps", ("service",)), ("response_p95_s", ("service",)), ("power_w", ("region",)),
    ("vms_running", ("design",)), ("vms_waiting", ("design",)), ("vms_lost", ("design",)),
)  # fmt: skip
"""What is plotted of a run, by quantity and by kinds of elements; what it does not tell, and what is always 0, is
left out."""
ALWAYS = ("asked_frac", "asked_rps", "vms_running")


def availability(project: Project, tell: Tell) -> Section:
    """How many nines each service has, by which method and within which interval, and what takes it down."""
    try:
        study = Study(project)
    except DesignerError as error:
        return Section("availability", tr("Availability"), (TextBlock((str(error),)),))
    found, silent = [], []
    for number, needs in enumerate(study.services):

        def so_far(part: float, done: int = number) -> bool:
            tell((done + part) / len(study.services))
            return True

        try:
            found.append(study.availability(needs.id, so_far))
        except DesignerError as error:
            silent.append(str(error))
    blocks: list[Block] = []
    if found:
        heads = (tr("Service"), tr("SLO"), tr("Available"), tr("Down a year"), tr("Range of the inputs"),
                 tr("Outages a year"), tr("As if nothing were shared"), tr("Method"))  # fmt: skip
        blocks.append(TableBlock(heads, [_nines_row(one) for one in found], frozenset((1, 2, 3, 4, 5, 6))))
        blocks += [TextBlock(_causes(one), one.name, listed=True) for one in found]
    if silent or not found:
        blocks.append(TextBlock(silent or [tr("The design has no service.")]))
    return Section("availability", tr("Availability"), blocks)


def _nines_row(one: ServiceAvailability) -> tuple[str, ...]:
    method = (
        tr(one.method) if not one.error else tr("{0}, ±{1:.2g}% of the downtime (95%)", one.method, one.error * 100)
    )
    naive = too_good(one)
    shared = tr("the same") if naive < 1.05 else tr("{0:,.2g} times less downtime", naive)
    if naive >= MOST_NAIVE:
        shared = tr("over a million times less downtime")
    name = tr("{0} (misses its SLO)", one.name) if one.misses else one.name
    outages = f"{one.outages_h * YEAR_H:.2g}"
    return (
        name,
        slo_text(one.slo_frac) or "–",
        percent(one.down),
        span(one.downtime_h),
        band(one),
        outages,
        shared,
        method,
    )


def _causes(one: ServiceAvailability) -> list[str]:
    lines = [one.why, *one.notes]
    lines += [tr("{0} a year: {1}", span(cause.hours), cause.label) for cause in one.contributions[:MOST_CAUSES]
              if cause.hours > one.downtime_h / 1000.0]  # fmt: skip
    if one.missed is not None:
        lines.append(tr("{0:.0f}% of the years miss the SLO.", one.missed * 100))
    if one.credit is not None:
        lines.append(credit_text(one.credit))
    return lines


def own_scenarios(project: Project) -> dict[str, Sequence[ScenarioEvent]]:
    """The scenarios that are saved in a design, by name."""
    return {str(row.__dict__["name"]): scenario_events(row) for row in scenarios_by_name(project.of_kind("scenario"))}


def scenarios(project: Project, chosen: Mapping[str, Sequence[ScenarioEvent]], tell: Tell) -> Section:
    """What each scenario does to the design."""
    blocks: list[Block] = []
    for number, (name, events) in enumerate(chosen.items()):

        def so_far(part: float, done: int = number) -> object:
            return tell((done + part) / len(chosen))

        try:
            played = play(project, name, events, on_progress=so_far)
        except DesignerError as error:
            blocks.append(TextBlock((str(error),), name))
            continue
        links = {i: called(project, i) for i in {hit.id for hit in played.hits} if i in project.links}
        blocks += [TextBlock(lines, title, listed=True) for title, lines in sections(answer_of(played, links)) if lines]
    if not blocks:
        blocks.append(TextBlock((tr("The design has no scenario."),)))
    return Section("scenarios", tr("Scenarios"), blocks)


def disasters(project: Project, tell: Tell) -> Section | None:
    """What the loss of each region does to services that want to survive it; None where none does."""
    services = [one.__dict__ for one in project.of_kind("service")]
    if not any(one["strategy"] != "none" or one["rto_s"] or one["rpo_s"] for one in services):
        return None
    title = tr("Loss of a region")
    try:
        found = region_losses(project, tell=tell)
    except DesignerError as error:
        return Section("regions", title, (TextBlock((str(error),)),))
    note = tr("Each region is lost in a run, for good; planned: people bring it back, not before that.")
    return Section(
        "regions", title, (TableBlock(tuple(map(tr, COLUMNS)), [cells_of(row) for row in found], note=note),)
    )


def run_findings(done: Headless) -> list[Finding]:
    """What deserves attention in a run and at its end."""
    moment = done.simulation.moment()
    return of_run(done.series, done.spec, done.log, ids_of(done.spec)[0], moment.status, moment.heat)


def run_section(run: RunResults, title: str) -> Section:
    """Plots of a run, and the figures of services and places."""
    plots = [plot for name, kinds in PLOTS if (plot := _plot(run, name, kinds)) is not None]
    rows = run.summary.of_kinds(("design", "service", *PLACES[:2]))[:MOST_ROWS]
    cells = []
    for row in rows:
        shown = [
            (tr(what), units.text(value, unit, 3)) for what, (value, unit) in row.values.items() if np.isfinite(value)
        ]
        cells.append((row.name, "; ".join(f"{what} {value}" for what, value in shown)))
    length = tr("{0}, {1} long.", title, units.clock_text(float(run.edges_s[-1] - run.edges_s[0])))
    grid = TableBlock((tr("Element"), tr("Over the whole run")), cells)
    return Section("run", tr("Run"), (TextBlock((length,)), *plots, grid))


def _plot(run: RunResults, name: str, kinds: Sequence[str]) -> PlotBlock | None:
    """The plot of a quantity of some kinds; the most of what there are where not all find room."""
    of = next((one for one in run.quantities if one.name == name), None)
    if of is None or run.edges_s.size < 2:
        return None
    owners = run.owners(of.of)
    which, cells = run.table(of)
    wanted = [k for k, n in enumerate(which.tolist()) if owners.kinds[n] in kinds]
    values = [np.asarray(cells[:, k], np.float64) for k in wanted]
    if not any(np.isfinite(one).any() and (name in ALWAYS or np.nanmax(one) > 0.0) for one in values):
        return None
    names = [owners.names[int(which[k])] for k in wanted]
    title = tr(of.title)
    if len(wanted) > len(palette()):
        means = np.array([float(np.nanmean(one)) if np.isfinite(one).any() else -np.inf for one in values])
        order = np.argsort(-means, kind="stable").tolist()
        values, names = [values[n] for n in order], [names[n] for n in order]
        title = tr("{0}: the {1} highest of {2:,}", title, len(palette()), len(wanted))
    return series_plot(title, of.unit, run.edges_s, list(zip(names, values)))
