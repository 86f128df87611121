"""A comparison as a report: the figures side by side, what is found in one only, cost against nines, curves."""

from __future__ import annotations

import time
from collections.abc import Sequence

from designer import __version__, units
from designer.report.blocks import Block, PlotBlock, Report, Section, TableBlock, TextBlock
from designer.report.comparing import (
    ComparedRow,
    FigureKey,
    Measures,
    compared,
    finding_changes,
    pareto_point,
    undominated,
)
from designer.report.ordering import order_lines
from designer.report.plots import palette, scatter_plot, series_plot
from designer.words import tr

NOTHING = "–"


def value_text(key: FigureKey, value: float | None) -> str:
    """A figure as it is read."""
    if value is None:
        return NOTHING
    return f"{value:,.2f} {key.unit}" if key.unit in ("USD", "kg", "kWh") else units.text(value, key.unit)


def difference_text(key: FigureKey, value: float | None) -> str:
    """A difference with its sign; “=” where there is none."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0.0 else "−"
    if key.unit == "fraction" and value:
        return tr("{0}{1} points", sign, units.number(abs(value) * 100, 3))
    return "=" if value == 0.0 else sign + value_text(key, abs(value))


def shows(row: ComparedRow) -> bool:
    """Whether a row differs in what is read of it."""
    return row.differs and len({value_text(row.key, value) for value in row.values}) > 1


def heads(titles: Sequence[str]) -> list[str]:
    """The heads of the columns: what, each design, and from the second on its difference from the first."""
    more = [head for title in titles[1:] for head in (title, tr("Difference"))]
    return [tr("Of"), tr("Figure"), titles[0], *more]


def cells(row: ComparedRow) -> list[str]:
    """A row as texts."""
    told = [row.name or tr("Whole design"), tr(row.key.what), value_text(row.key, row.values[0])]
    for value, by in zip(row.values[1:], row.differences):
        alike = bool(by) and value_text(row.key, value) == value_text(row.key, row.values[0])
        told += [value_text(row.key, value), "≈" if alike else difference_text(row.key, by)]
    return told


def comparison_report(titles: Sequence[str], all_of: Sequence[Measures], seed: int) -> Report:
    """The report of a comparison."""
    rows = compared(all_of)
    right = frozenset(range(2, 2 + 2 * len(titles)))
    sections = [
        Section(
            f"figures-{number}",
            tr(group),
            (TableBlock(heads(titles), [cells(row) for row in rows if row.key.group == group], right),),
        )
        for number, group in enumerate(dict.fromkeys(row.key.group for row in rows))
    ]
    sections.append(Section("changed", tr("Findings of one alone"), _changed(titles, all_of)))
    pareto, curves = pareto_plot(titles, all_of), _curves(titles, all_of)
    if pareto is not None:
        note = tr("Filled: no other design has more nines for less, or as many for less.")
        sections.insert(0, Section("pareto", tr("Cost against nines"), (pareto, TextBlock((note,)))))
    if curves:
        sections.append(Section("curves", tr("Runs over each other"), curves))
    orders = [line for title, one in zip(titles[1:], all_of[1:]) for line in order_lines(titles[0], title, one.order)]
    if orders:
        sections.append(Section("order", tr("What to measure first"), (TextBlock(orders, listed=True),)))
    notes = [f"{title}: {note}" for title, one in zip(titles, all_of) for note in one.notes]
    if notes:
        sections.append(Section("notes", tr("What is missing"), (TextBlock(notes, listed=True),)))
    made = tr(
        "Made on {0} by Cloud Designer {1}; all with seed {2}.", time.strftime("%Y-%m-%d %H:%M"), __version__, seed
    )
    return Report(" / ".join(titles), made, sections)


def _changed(titles: Sequence[str], all_of: Sequence[Measures]) -> list[Block]:
    blocks: list[Block] = []
    for title, one in zip(titles[1:], all_of[1:]):
        gone, new = finding_changes(all_of[0], one)
        for head, some in ((tr("Not in {0}", title), gone), (tr("Only in {0}", title), new)):
            if some:
                blocks.append(TextBlock([finding.text for finding in some], head, listed=True))
    return blocks or [TextBlock((tr("None."),))]


def pareto_plot(titles: Sequence[str], all_of: Sequence[Measures]) -> PlotBlock | None:
    """USD a month against the nines of the worst service; None where no two designs have both."""
    best = undominated(all_of)
    points = [
        (title, *point, bool(good))
        for title, one, good in zip(titles, all_of, best)
        if (point := pareto_point(one)) is not None
    ]
    if len(points) < 2:
        return None
    return scatter_plot(tr("Nines of the worst service, by USD a month"), points)


def _curves(titles: Sequence[str], all_of: Sequence[Measures]) -> list[Block]:
    """The curves of runs that record the same steps, over each other."""
    blocks: list[Block] = []
    for name, (unit, edges, _) in all_of[0].curves.items():
        lines = [
            (title, one.curves[name][2])
            for title, one in zip(titles, all_of)
            if name in one.curves and one.curves[name][1].shape == edges.shape and (one.curves[name][1] == edges).all()
        ]
        if len(lines) > 1 and any(values.any() for _, values in lines):
            blocks.append(series_plot(tr(name), unit, edges, lines[: len(palette())]))
    return blocks
