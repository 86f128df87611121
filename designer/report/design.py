"""Sections on a design as it is drawn: what it holds, what is wrong with it, what it costs, what it assumes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from designer import units
from designer.catalog.reference.prices import prices
from designer.catalog.rules.counting import numbers_of
from designer.checks.check import SEVERITIES, Finding
from designer.checks.live import divided, findings_of
from designer.checks.registry import BY_ID, CHECKS
from designer.model.element import natural
from designer.model.fields import FieldSpec, acts, form_fields
from designer.model.project import Project
from designer.report.blocks import Block, FactsBlock, Section, TableBlock, TextBlock
from designer.report.plots import bar_plot
from designer.study.cost.bill import USD_MONTH, bill_of
from designer.study.cost.groups import WAYS, By, key_of
from designer.study.cost.lines import Bill, CostSum, sums
from designer.study.cost.table import SIGNS, left_out, rows_of
from designer.words import mark, tr, trn

MOST_ROWS, MOST_NAMES, MOST_BARS, MOST_VALUES = 200, 5, 12, 3
"""The most rows of a table, names in a cell, bars of a plot, and values of a field."""
SEVERITY_WORDS = {"high": mark("▲ high"), "medium": mark("△ medium"), "low": mark("◦ low")}
CAPACITY = {"host": (("cores", ""), ("ram_mib", "MiB")), "vm": (("vcpus", ""), ("ram_mib", "MiB"))}
"""Fields of which the inventory tells the sum."""


def some_names(names: list[str], count: int = 0) -> str:
    """The first names, and how many more there are of `count` (0: of the names)."""
    more = (count or len(names)) - min(len(names), MOST_NAMES)
    return ", ".join(names[:MOST_NAMES]) + (tr(" and {0:,} more", more) if more > 0 else "")


def inventory(project: Project) -> Section:
    """How many elements of each kind there are, and the sizes that add up; templates by themselves."""
    rows, aside = list[tuple[str, ...]](), list[tuple[str, ...]]()
    for name, kind in project.kinds.items():
        elements = [one for one in project.of_kind(name) if numbers_of((one,))]
        templates = [one.name for one in project.of_kind(name) if not numbers_of((one,))]
        if templates:
            counted = trn("{0:,} template", "{0:,} templates", len(templates))
            aside.append((counted, some_names(sorted(templates)), ""))
        if name == "design" or not elements:
            continue
        sizes = []
        for field, unit in CAPACITY.get(name, ()):
            spec = next((one for one in form_fields(kind.table) if one.name == field), None)
            if spec is not None:
                whole = sum(float(one.__dict__[field]) for one in elements)
                sizes.append(f"{tr(spec.title)}: {units.text(whole, unit)}")
        rows.append((kind.counted(len(elements)), some_names(sorted(one.name for one in elements)), "; ".join(sizes)))
    heads = (tr("Elements"), tr("Names"), tr("In all"))
    return Section("inventory", tr("Inventory"), (TableBlock(heads, [*rows, *aside]),))


def findings(project: Project, of_run: Sequence[Finding] = ()) -> Section:
    """What the checks find and what a run showed, the worst first, with reasons; muted findings with theirs."""
    shown, muted = divided([*of_run, *findings_of(project, CHECKS)], project)
    shown.sort(key=lambda one: SEVERITIES.index(one.severity))
    counts = Counter(one.severity for one in shown)
    told = ", ".join(f"{counts[one]:,} {tr(SEVERITY_WORDS[one])}" for one in SEVERITIES if counts[one])
    blocks: list[Block] = [TextBlock((told or tr("Nothing to report."),))]
    if shown:
        heads = (tr("Severity"), tr("Finding"), tr("Why it matters"), tr("Source"))
        rows = [_finding_row(project, one) for one in shown[:MOST_ROWS]]
        more = len(shown) - len(rows)
        blocks.append(TableBlock(heads, rows, note=tr("and {0:,} more findings", more) if more > 0 else ""))
    if muted:
        quiet = [(one.text, reason) for one, reason in muted[:MOST_ROWS]]
        blocks.append(TextBlock((trn("{0:,} finding is muted:", "{0:,} findings are muted:", len(muted)),)))
        blocks.append(TableBlock((tr("Finding"), tr("Reason")), quiet))
    return Section("findings", tr("Findings"), blocks)


def _finding_row(project: Project, one: Finding) -> tuple[str, ...]:
    check = BY_ID.get(one.check)
    names = [project.elements[i].name for i in one.elements[:MOST_NAMES] if i in project.elements]
    text = one.text if not one.detail else f"{one.text}. {one.detail}"
    if one.time_s is not None:
        text = tr("{0} (from {1} of the run)", text, units.clock_text(one.time_s))
    if len(one.elements) > 1:
        text += f" ({some_names(names, len(one.elements))})"
    why, source = (tr(check.why), check.source) if check is not None else ("", tr("the run"))
    return tr(SEVERITY_WORDS[one.severity]), text, why, source


def between(one: CostSum) -> str:
    """The range of a sum where prices are derived; empty where there is none."""
    return tr("{0:,.2f} to {1:,.2f}", one.low, one.high) if one.low != one.high else ""


def cost(project: Project) -> Section:
    """The bill of a month and a year, by what it is for and where, each line with price and source."""
    bill = bill_of(project)
    whole = bill.total
    facts = [
        (tr("A month"), tr("not known") if whole.unpriced else f"{whole.usd:,.2f} USD"),
        (tr("A year"), tr("not known") if whole.unpriced else f"{whole.year_usd:,.2f} USD"),
        (tr("Range of derived prices, a month"), between(whole) or tr("none")),
        (tr("Without a price, left out"), trn("{0:,} line", "{0:,} lines", whole.unknown)),
    ]  # fmt: skip
    if bill.energy_kwh:
        carbon = tr("not known") if bill.carbon_kg is None else tr("{0:,.0f} kg CO2e", bill.carbon_kg)
        facts += [
            (tr("Energy of own hosts, a month, at half load"), f"{bill.energy_kwh:,.0f} kWh"),
            (tr("Its carbon, a month"), carbon),
        ]
    blocks: list[Block] = [FactsBlock(facts)]
    by: By = next((way for way in ("service", "zone", "region") if _divides(project, bill, way)), "line")
    bars = [
        (project.elements[name].name if isinstance(name, int) else name, one.usd, f"{one.usd:,.0f} USD")
        for name, one in list(sums(bill.lines, key_of(project, by)).items())[:MOST_BARS]
        if one.usd > 0.0
    ]
    bars.sort(key=lambda bar: (-round(bar[1], 2), natural(bar[0])))
    if bars:
        blocks.append(bar_plot(tr(BARS[by]), bars))
    rows = rows_of(project, bill.lines, "zone")
    heads = (tr("For"), tr("Where"), tr("Quantity"), tr("Price, USD"), tr("USD a month"), tr("Price from"))
    cells = [
        (
            row.what, row.group, f"{units.number(row.quantity)} {row.unit}".removesuffix(f" {USD_MONTH}"),
            "–" if row.price is None else f"{SIGNS[row.mark]}{row.price.usd:.6g}",
            "–" if row.usd is None else f"{row.usd:,.2f}", row.source,
        )
        for row in rows[:MOST_ROWS]
    ]  # fmt: skip
    note = tr("~ is derived from another price, • is your own. List prices of {0}.", prices().as_of)
    if whole.unknown:
        note += " " + tr(
            "Not in the total: {0}.", ", ".join(tr("{0} ({1:,})", what, n) for what, n in left_out(bill.lines))
        )
    if len(rows) > MOST_ROWS:
        note += " " + tr("and {0:,} more lines", len(rows) - MOST_ROWS)
    if rows:
        blocks.append(TableBlock(heads, cells, frozenset((2, 3, 4)), note))
    return Section("cost", tr("Cost"), blocks)


BARS: dict[By, str] = {
    "service": mark("USD a month by service"), "zone": mark("USD a month by zone"),
    "region": mark("USD a month by region"), "line": mark("USD a month by what it is for"),
}  # fmt: skip


def _divides(project: Project, bill: Bill, by: By) -> bool:
    """Whether a bill has several groups of this sort."""
    assert by in WAYS
    key = key_of(project, by)
    return len({key(line) for line in bill.lines if line.price is not None}) > 1


def assumptions(project: Project) -> Section:
    """The values that have a source, as they are in the design, with confidence."""
    rows = [row for name in project.kinds for row in _assumed(project, name)]
    heads = (tr("Of"), tr("Field"), tr("Value"), tr("From"), tr("Confidence"))
    note = tr(
        "A is read from its source, B at second hand or by analogy, C an assumption. “Yours” differs from what ships."
    )
    return Section("assumptions", tr("Assumptions and sources"), (TableBlock(heads, rows, note=note),))


def _assumed(project: Project, name: str) -> Iterator[tuple[str, ...]]:
    kind, elements = project.kinds[name], project.of_kind(name)
    for spec in form_fields(kind.table) if elements else ():
        if not spec.source:
            continue
        values = Counter(one.__dict__[spec.name] for one in elements if acts(kind.table, spec.name, one.__dict__))
        for value, count in values.most_common(MOST_VALUES):
            own = value != spec.default
            told = _value_text(spec, value) + (f" ({count:,})" if len(values) > 1 else "")
            yield (
                tr(kind.label),
                tr(spec.title),
                told,
                tr("yours") if own else spec.source,
                "" if own else spec.confidence,
            )
        if len(values) > MOST_VALUES:
            more = len(values) - MOST_VALUES
            yield tr(kind.label), tr(spec.title), trn("{0:,} more value", "{0:,} more values", more), "", ""


def _value_text(spec: FieldSpec, value: Any) -> str:
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, int | float):
        return spec.zero if not value and spec.zero else units.text(float(value), spec.unit)
    return str(value)
