"""`cloud-designer simulate`: the same run as in the window, its result as a table, JSON or CSV files."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
import numpy as np

from designer import units
from designer.catalog import KINDS, LINKS
from designer.catalog.rules.flows import MAY_FAIL, called, link_name
from designer.cli_terminal import end_of_progress, interruptible, plain, progress, say, say_lines, stop, warn
from designer.engine.spec import TimedEvent
from designer.errors import DesignerError, EngineError, FileError, RuleError
from designer.exchange.csv_out import csv_text
from designer.model.element import id_from_text, id_text
from designer.model.project import Project
from designer.results import save_run
from designer.results.receipt import receipt_of
from designer.store.file import project_file
from designer.store.file.faults import must_make, must_take
from designer.study.build import HOUR_S
from designer.study.headless import Headless, run_headless
from designer.study.isolation.printed import LOSS_COLUMNS, loss_cells, loss_lines, losses_json
from designer.study.isolation.table import RULE
from designer.study.results.quantities import OF_PLACES, OF_VMS, SERVICE
from designer.study.series import Cells
from designer.study.story import LogRow
from designer.study.summary import USERS
from designer.study.traffic.sent import TRAFFIC

JSON_VERSION = 1
EXIT_BAD_INPUT, EXIT_NO_FILE, EXIT_ENGINE, EXIT_INTERRUPTED = 2, 3, 4, 130

_HELP = """Run a design without a window and print the result.

Times are spans since the start of the run: 02:00 (h:mm), 1d2h, 90min, 300 (seconds).

\b
Exit codes: 0 the run is over; 2 an option or the design is wrong (nothing was run); 3 the file cannot be read;
4 the simulation failed; 130 interrupted.
"""


@click.command("simulate", help=_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--until", help="Length of the run; default: that of the design.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed; default: that of the design.")
@click.option("--fail", "fails", multiple=True, metavar="NAME_OR_ID@TIME", help="Make an element fail. Repeatable.")
@click.option(
    "--recover", "recovers", multiple=True, metavar="NAME_OR_ID@TIME", help="Make an element recover. Repeatable."
)
@click.option(
    "--drain", "drains", multiple=True, metavar="NAME_OR_ID@TIME", help="Drain a host for maintenance. Repeatable."
)
@click.option("--open", "opens", multiple=True, metavar="NAME_OR_ID@TIME", help="End its maintenance. Repeatable.")
@click.option(
    "--fail-control", "controls_fail", multiple=True, metavar="REGION@TIME",
    help="Make the control plane of a region fail: launches, recoveries and changes of DNS wait. Repeatable.",
)  # fmt: skip
@click.option(
    "--recover-control", "controls_recover", multiple=True, metavar="REGION@TIME", help="Make it recover. Repeatable."
)
@click.option("--neighbors", is_flag=True, help=f"Also tell what VMs lose because of whom. {RULE}")
@click.option("--from", "begin", metavar="TIME", default="0", help="From when --neighbors counts; default: the start.")
@click.option("--to", "end", metavar="TIME", help="Until when --neighbors counts; default: the end.")
@click.option("--json", "json_out", metavar="FILE", help="Write the result as JSON; - for standard output.")
@click.option("--csv", "csv_dir", type=click.Path(path_type=Path), help="Write CSV files into a folder.")
@click.option(
    "--save", "label", metavar="LABEL", help="Save the run in FILE under a label, for `results` and the window."
)
@click.option("--receipt", type=click.Path(path_type=Path), metavar="FILE",
              help="Write a receipt, from which `reproduce` makes the same run again.")  # fmt: skip
@click.option("--vm-series", is_flag=True, help="Keep the load of each VM in each step, to --save it.")
@click.option("--quiet", is_flag=True, help="No table and no progress.")
def simulate(
    file: Path,
    until: str | None,
    seed: int | None,
    fails: Sequence[str],
    recovers: Sequence[str],
    drains: Sequence[str],
    opens: Sequence[str],
    controls_fail: Sequence[str],
    controls_recover: Sequence[str],
    neighbors: bool,
    begin: str,
    end: str | None,
    json_out: str | None,
    csv_dir: Path | None,
    label: str | None,
    receipt: Path | None,
    vm_series: bool,
    quiet: bool,
) -> None:
    """Run a design without a window."""
    must_write(json_out, receipt)
    project = opened(file)
    try:
        until_s = None if until is None else units.read_span_s(until)
        events = [_event(project, "fail", text) for text in fails]
        for what, texts in (
            ("recover", recovers), ("drain", drains), ("open", opens),
            ("fail_control", controls_fail), ("recover_control", controls_recover),
        ):  # fmt: skip
            events += [_event(project, what, text) for text in texts]
        _must_happen(project, events, until_s)
        window = _window(begin, end) if neighbors else None
        with interruptible(None if quiet else _progress) as told:
            done = run_headless(
                project, until_s=until_s, seed=seed, events=sorted(events, key=lambda e: e.time_s), on_progress=told,
                neighbors=window, vm_series=_tell_size if vm_series else None,
            )  # fmt: skip
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            end_of_progress()
        stop("Interrupted; nothing was written.", EXIT_INTERRUPTED)
    try:
        if json_out is not None:
            _write_json(done, project, file, json_out)
        if csv_dir is not None:
            write_csv(done, csv_dir)
        if receipt is not None:
            receipt.write_text(receipt_of(project, done.spec, done.digest).text(), "utf-8")
        if label is not None:
            save_run(file, done, label)
    except (FileError, RuleError, EngineError) as error:
        stop(error, EXIT_NO_FILE)
    except OSError as error:
        stop(f"{error.filename} cannot be written: {(error.strerror or str(error)).lower()}.", EXIT_NO_FILE)
    if not quiet and json_out != "-":
        say_lines(table_text(done).split("\n"))


def _window(begin: str, end: str | None) -> tuple[float, float | None]:
    """The times between which losses count. Raises RuleError: the window is empty."""
    begin_s, end_s = units.read_span_s(begin), None if end is None else units.read_span_s(end)
    if end_s is not None and end_s <= begin_s:
        raise RuleError(f"--to {end} is not after --from {begin}.")
    return begin_s, end_s


def _tell_size(mib: float) -> None:
    say(f"Series of all VMs take {mib * 2**20:,.0f} bytes.", err=True)


def _progress(part: float) -> None:
    if sys.stderr.isatty():
        progress(f"simulated {part:4.0%}")
        if part >= 1:
            end_of_progress()


def opened(file: Path) -> Project:
    """The design of a file, its warnings told; the program ends where the file cannot be read."""
    try:
        loaded = project_file.load(file)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    for warning in loaded.warnings:
        warn(warning)
    return Project(KINDS, LINKS, loaded.rows)


def must_write(*outs: str | Path | None) -> None:
    """End the program, before long work, where a file cannot be written, or is another file of the command: one that it
    reads would be lost. A device or a pipe takes what comes.
    """
    for out in outs:
        if out is None or out == "-":
            continue
        path = Path(out)
        if path.exists() and not path.is_file() and not path.is_dir():
            continue
        try:
            must_take(path)
            if any(path.exists() and other.exists() and path.samefile(other) for other in _other_files(out)):
                stop(
                    f"{path} is named twice, and would be lost. Choose another place for what is written.", EXIT_NO_FILE
                )
        except (FileError, OSError) as error:
            stop(error, EXIT_NO_FILE)


def _other_files(out: str | Path) -> Iterator[Path]:
    """The files that the command line names, but one."""
    context = click.get_current_context(silent=True)
    for value in context.params.values() if context is not None else ():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Path) and one is not out:
                yield one


def must_save(*outs: Path | None) -> None:
    """End the program, before long work, where a design would be written over a file of another kind."""
    for path in outs:
        try:
            if path is not None:
                must_make(path)
        except (FileError, OSError) as error:
            stop(error, EXIT_NO_FILE)


def write_out(out: str | Path, text: str) -> None:
    """Write text to a file, or to standard output (-); the program ends where the file cannot be written."""
    if out == "-":
        say_lines(text.split("\n"))
        return
    must_write(out)
    try:
        Path(out).write_text(text + "\n", "utf-8")
    except OSError as error:
        stop(f"{out} cannot be written: {(error.strerror or str(error)).lower()}.", EXIT_NO_FILE)


def _event(project: Project, what: Any, text: str) -> TimedEvent:
    """An event from NAME_OR_ID@TIME. Raises RuleError: unknown, or ambiguous with all ids."""
    name, at, when = text.rpartition("@")
    if not at:
        raise RuleError(f"“{text}” has no time; write it like ap-south-1b@02:00.")
    return TimedEvent(units.read_span_s(when), what, find_failing(project, name))


def _must_happen(project: Project, events: Iterable[TimedEvent], until_s: float | None) -> None:
    """Raise RuleError for an event at or after the end of the run, where it would be left out."""
    end_s = project.root.__dict__["until_h"] * HOUR_S if until_s is None else until_s
    for event in events:
        if event.time_s >= end_s > 0:
            raise RuleError(
                f"{called(project, event.id)} is to {event.what} at {units.clock_text(event.time_s)}, but the "
                f"run is over at {units.clock_text(end_s)}; make it longer with --until."
            )


def find_failing(project: Project, name: str) -> int:
    """The id of the element or link that an event names; a link that can be cut is named by its ends, “zone-a –
    zone-b”, or by its id. Raises RuleError.
    """
    cuttable = {link.id: link for link in project.links.values() if link.kind in MAY_FAIL}
    by_id, ends = id_from_text(name), name.replace(" - ", " – ")
    found = [by_id] if by_id in cuttable else [i for i, link in cuttable.items() if link_name(project, link) == ends]
    if not found or any(element.name == name for element in project.elements.values()):
        return find(project, name)
    if len(found) > 1:
        ids = ", ".join(map(id_text, found))
        raise RuleError(f"{len(found)} links join elements of these names; name one by its id: {ids}.")
    return found[0]


def find(project: Project, name: str) -> int:
    """The id of the element with a name, or with an id as people see it. Raises RuleError."""
    named = [e for e in project.elements.values() if e.name == name and e.id != project.root.id]
    by_id = id_from_text(name)
    if not named and by_id in project.elements:
        return by_id
    if len(named) == 1:
        return named[0].id
    if named:
        rows = [f"{id_text(e.id)} ({project.kinds[e.kind].label} in {_where(project, e.id)})" for e in named]
        raise RuleError(f"{len(named)} elements are named {name}; name one by its id: {', '.join(rows)}.")
    known = {e.name.casefold(): e.name for e in project.elements.values()}
    near = [known[found] for found in get_close_matches(name.casefold(), known, 3)]
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise RuleError(f"There is no element named {name}.{hint}")


def _where(project: Project, element_id: int) -> str:
    return project.elements[project.elements[element_id].parent].name or "the design"


_COLUMNS = (
    ("CPU mean", 10, "CPU, mean"), ("most", 9, "CPU asked for, most"), ("steal", 9, "Steal, mean"),
    ("overhead", 11, "Overhead, mean"), ("throttled", 12, "Throttled, mean"), ("energy", 12, "Energy"),
)  # fmt: skip
SENT_KINDS = (TRAFFIC, "nat_gateway", USERS, "datastore")
"""Rows of what was sent from place to place and through NAT gateways, and of the latency of users."""
PART = "Energy of hosts"
"""The title of energy where a part is not known."""
MOST_HOSTS = 40
"""Most hosts in the table where there is no region; the others are in the CSV files."""


def places_shown(done: Headless) -> list[str]:
    """The kinds of places in the table: regions and zones; on premises data centers and hosts."""
    cloud = ["region", "zone"]
    return cloud if done.summary.of_kinds(cloud) else ["data_center", "host"]


def table_text(done: Headless) -> str:
    """The result table and the log as text."""
    lines = [f"{'':14}{'':24}" + "".join(title.rjust(width) for title, width, _ in _COLUMNS)]
    shown = places_shown(done)
    places = done.summary.of_kinds(shown)
    for row in places[:MOST_HOSTS]:
        cells = (_cell(row.values, name).rjust(width) for _, width, name in _COLUMNS)
        lines.append(f"{row.kind.replace('_', ' '):14}{row.name[:23]:24}" + "".join(cells))
    if any(PART in row.values for row in places[:MOST_HOSTS]):
        lines.append(f"{'':14}+ of the hosts alone: the provider tells no watts")
    if len(places) > MOST_HOSTS:
        lines.append(f"{'':14}and {len(places) - MOST_HOSTS:,} more; --csv writes them all")
    for row in done.summary.of_kinds(("design", "service", "database", *SENT_KINDS)):
        facts = ", ".join(f"{_within(title)} {units.text(*value)}" for title, value in row.values.items())
        lines.append(f"{row.kind.replace('_', ' '):14}{row.name[:23]:24}{facts}")
    if done.losses is not None:
        lines += ["", *loss_lines(done.losses, done.name)]
    lines.append("")
    lines += [f"{units.clock_text(row.time_s, with_seconds=True):>12}  {_sentence(row)}" for row in done.log]
    lines += ["", f"{len(done.log)} events, digest {done.digest[:16]}"]
    return "\n".join(map(plain, lines))


def _sentence(row: LogRow) -> str:
    """An entry of the log in one line: a place belongs to the sentence, a reason is one of its own."""
    if row.detail.startswith(("in ", "on ", "from ")):
        return f"{row.text} {row.detail}"
    return f"{row.text}. {row.detail}" if row.detail else row.text


def _cell(values: dict[str, tuple[float, str]], title: str) -> str:
    if title == "Energy" and PART in values:
        return f"{units.text(*values[PART], digits=3)} +"
    return units.text(*values[title], digits=3) if title in values else "-"


def as_json(done: Headless, project: Project, file: Path) -> dict[str, Any]:
    """The result as plain values; units are in the keys."""
    return {
        "format": "cloud-designer-result",
        "version": JSON_VERSION,
        "design": project.root.name,
        "file": file.name,
        "seed": done.spec.seed,
        "until_s": done.spec.until_s,
        "sample_s": done.spec.sample_s,
        "start_utc": done.spec.start_utc.isoformat(),
        "digest": done.digest,
        "energy_wh": _plain([done.result.total_energy_wh])[0],
        "events": [{"time_s": e.time_s, "what": e.what, "id": id_text(e.id)} for e in done.spec.events],
        "summary": [
            {"id": id_text(row.id), "kind": row.kind, "name": row.name, "values": _keyed(row.values)}
            for row in done.summary
        ],
        **({} if done.losses is None else {"neighbors": losses_json(done.losses, done.name)}),
        "log": [
            {
                "serial": row.serial,
                "time_s": row.time_s,
                "what": row.what,
                "text": row.text,
                "detail": row.detail,
                "cause": row.cause,
                "ids": [id_text(i) for i in row.ids],
            }
            for row in done.log
        ],
        "series": _series_json(done),
    }


def _series_json(done: Headless) -> dict[str, Any]:
    """Means and extremes of each recording step."""
    series, of_services = done.series, _of_services(done)
    return {
        "edges_s": series.edges_s.tolist(),
        "services": {
            id_text(service_id): {name: _plain(cells[:, n]) for name, cells in of_services.items()}
            for n, service_id in enumerate(series.service_ids)
        },
        "places": {
            id_text(int(series.ids[n])): {of.name: _plain(series[of.name][:, n]) for of in OF_PLACES}
            for n in range(series.ids.size)
            if series.kinds[n] in places_shown(done)
        },
        "vms": {
            **{title: _plain(series.counts[:, n]) for n, title in enumerate(VM_COUNTS)},
            "unreached": _plain(series.unreached),
            "running_least": _plain(series.running_least),
            "not_running_most": _plain(series.not_running_most),
        },
    }


def _of_services(done: Headless) -> dict[str, Cells]:
    """What the run tells of services step by step (steps x services)."""
    return {of.name: done.results.table(of)[1] for of in done.results.quantities if of.of == SERVICE}


def _within(title: str) -> str:
    """A title within a line: "length", but "VMs running" and "CPU, mean"."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


VM_COUNTS = ("running", "restarting", "waiting", "lost", "off")


def _keyed(values: dict[str, tuple[float, str]]) -> dict[str, float | None]:
    titles = (f"{title} [{unit}]" if unit else title for title, (_, unit) in values.items())
    return dict(zip(titles, _plain(value for value, _ in values.values())))


def _plain(values: Iterable[Any]) -> list[float | None]:
    numbers = values.astype(float).tolist() if isinstance(values, np.ndarray) else map(float, values)
    return [None if math.isnan(value) else value for value in numbers]


def _write_json(done: Headless, project: Project, file: Path, out: str) -> None:
    text = json.dumps(as_json(done, project, file), allow_nan=False)
    if out == "-":
        say(text)
    else:
        Path(out).write_text(text + "\n", "utf-8")


def write_csv(done: Headless, folder: Path) -> None:
    """CSV files: summary, events, vms, services and the series of places; one header line, units in it."""
    folder.mkdir(parents=True, exist_ok=True)
    series = done.series
    _table(folder / "events.csv", ("serial", "time_s", "what", "text", "detail", "cause"), [
        (r.serial, r.time_s, r.what, r.text, r.detail, r.cause) for r in done.log
    ])  # fmt: skip
    _table(folder / "summary.csv", ("id", "kind", "name", "figure", "value", "unit"), [
        (id_text(r.id), r.kind, r.name, title, value, unit)
        for r in done.summary for title, (value, unit) in r.values.items()
    ])  # fmt: skip
    if done.losses is not None:
        _table(folder / "neighbors.csv", LOSS_COLUMNS, loss_cells(done.losses, done.name))
    vms = done.vms
    columns = {of.name: values for of in OF_VMS if (values := vms.column(of)).size}
    _table(folder / "vms.csv", ("id", "name", *columns), [
        (id_text(int(i)), done.name(int(i)), *(column[n] for column in columns.values()))
        for n, i in enumerate(vms.ids)
    ])  # fmt: skip
    of_services = _of_services(done)
    _table(folder / "services.csv", ("time_s", "service", *of_services), [
        (series.edges_s[k], name, *(cells[k, n] for cells in of_services.values()))
        for n, name in enumerate(series.service_names) for k in range(series.steps)
    ])  # fmt: skip
    header = ("time_s", "kind", "name", "id", *(of.name for of in OF_PLACES))
    figures = tuple(series[of.name] for of in OF_PLACES)
    _table(folder / "places.csv", header, (
        (edge_s, series.kinds[n], series.names[n], id_text(int(series.ids[n])), *values)
        for n in range(series.ids.size)
        for edge_s, *values in zip(series.edges_s, *(cells[:, n] for cells in figures))
    ))  # fmt: skip


def _table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    path.write_text(csv_text(header, rows), "utf-8")
