"""What a design costs, without a window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from designer.cli_simulate import EXIT_NO_FILE, must_write, opened, write_out
from designer.cli_terminal import say, say_lines, stop
from designer.errors import DesignerError
from designer.model.element import id_text
from designer.model.project import Project
from designer.results import open_run
from designer.study.cost.bill import bill_of
from designer.study.cost.counted import counted_of
from designer.study.cost.groups import WAYS, By, key_of
from designer.study.cost.lines import Bill, CostLine, CostSum, sums

JSON_VERSION = 1
SIGNS = {"list": "", "derived": "~", "yours": "*", "none": ""}

_HELP = """Show what a design costs a month: what is rented at list prices, what is owned by the figures of its fields.

Traffic goes by the stated sizes of requests, and own hosts draw power at half load; with --run as a saved run counted.

~ marks a price that is derived from another region, * your own. What has no price has no figure; the total says how
many it leaves out.

\b
Exit codes: 0 the bill is made; 2 an option is wrong; 3 the file cannot be read or written.
"""


@click.command("cost", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--by", type=click.Choice(WAYS), default="line", help="What is summed up; default line.")
@click.option("--year", is_flag=True, help="A year instead of a month.")
@click.option(
    "--run", "label", metavar="LABEL", help="Traffic and energy as a saved run counted them; newest: the last."
)
@click.option("--json", "json_file", metavar="PATH", help="Write every line as JSON; - writes to the terminal.")
def cost(file: Path, by: By, year: bool, label: str | None, json_file: str | None) -> None:
    """Print the bill of a design."""
    must_write(json_file)
    project = opened(file)
    try:
        bill = bill_of(project, counted_of(open_run(file, None if label == "newest" else label)) if label else None)
    except DesignerError as error:
        stop(error, EXIT_NO_FILE)
    if json_file is None:
        say_lines(as_lines(project, bill, by, 12.0 if year else 1.0))
        return
    text = as_json(project, bill)
    write_out(json_file, text)
    if json_file != "-":
        say(f"{json_file} is written.")


def as_lines(project: Project, bill: Bill, by: By, months: float) -> list[str]:
    """A line for each group, the dearest first, and the total with its range."""
    key = key_of(project, by)
    marks: dict[int | str, set[str]] = {}
    for line in bill.lines:
        marks.setdefault(key(line), set()).add(line.mark)
    rows = []
    for name, one in sums(bill.lines, key).items():
        title = project.elements[name].name if isinstance(name, int) else name
        known = marks[name] - {"none"}
        sign = SIGNS["derived"] if "derived" in known else SIGNS["yours"] if known == {"yours"} else ""
        figure = f"{sign}{one.usd * months:,.2f}" if known else "no price"
        rows.append(f"{figure:>16}  {title}{_left_out(one) if known else ''}")
    whole = bill.total
    span = "a year" if months > 1.0 else "a month"
    between = f", {whole.low * months:,.2f} to {whole.high * months:,.2f}" if whole.low != whole.high else ""
    amount = "not known" if whole.unpriced else f"{whole.usd * months:,.2f}"
    rows.append(f"{amount:>16}  USD {span}{between}{_left_out(whole)}")
    if bill.energy_kwh:
        carbon = f", {bill.carbon_kg * months:,.0f} kg CO2e" if bill.carbon_kg is not None else ""
        rows.append(f"{bill.energy_kwh * months:>16,.0f}  kWh {span} of own hosts {_load(bill)}{carbon}")
    return rows


def _load(bill: Bill) -> str:
    return "as in the run" if bill.of_run else "at half load (an assumption)"


def _left_out(one: CostSum) -> str:
    return f"; without {one.unknown:,} unknown price{'' if one.unknown == 1 else 's'}" if one.unknown else ""


def as_json(project: Project, bill: Bill) -> str:
    """Every line with its price, source and mark, the sums, energy and carbon."""

    def row(line: CostLine) -> dict[str, Any]:
        price, element = line.price, project.elements[line.element]
        return {
            "what": line.what,
            "element": {"id": id_text(line.element), "kind": element.kind, "name": element.name},
            "quantity": line.quantity,
            "unit": line.unit,
            "mark": line.mark,
            "price_usd": price.usd if price is not None else None,
            "price_range_usd": [price.low, price.high] if price is not None else None,
            "source": price.source if price is not None else None,
            "usd_month": line.usd,
        }

    whole = bill.total
    told = {
        "version": JSON_VERSION,
        "lines": [row(line) for line in bill.lines],
        "usd_month": whole.usd,
        "usd_month_range": [whole.low, whole.high],
        "usd_year": whole.year_usd,
        "unknown_prices": whole.unknown,
        "energy_kwh_month": bill.energy_kwh,
        "carbon_kg_month": bill.carbon_kg,
    }
    return json.dumps(told, indent=2)
