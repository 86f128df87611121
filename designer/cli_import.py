"""`cloud-designer import`: a design from CSV files, or traces for the VMs of a design that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from designer.catalog import KINDS, LINKS
from designer.commands import imports
from designer.errors import DesignerError, FileError
from designer.exchange.machines_csv import Machines, read_hosts, read_vms
from designer.exchange.traces_csv import Traces, read_traces
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.store.file import project_file

EXIT_BAD_INPUT, EXIT_NO_FILE = 2, 3
_PATH: Any = click.Path(path_type=Path)
_HELP = """Make a design of CSV files (also .gz, .xz): hosts and VMs laid out in racks, traces as their load.

With --into, traces are attached to the VMs of a design that is there: by name, or row after row.

\b
Exit codes: 0 written; 2 a file or an option is wrong (nothing was written); 3 a file cannot be read or written.
"""


@click.command("import", help=_HELP)
@click.option("--hosts", "hosts_csv", type=_PATH, help="A row a host: name, cores, MHz per core, RAM, watts, rack.")
@click.option("--vms", "vms_csv", type=_PATH, help="A row a VM: name, host, vCPUs, MHz, RAM, trace_row, trace_shift.")
@click.option("--traces", "traces_csv", type=_PATH, help="Load over time, wide or long.")
@click.option("--step", type=float, metavar="SECONDS", help="How long a sample holds; read from the file if left out.")
@click.option("--cells", type=click.Choice(["percent", "fraction"]), help="Unit of the traces' cells.")
@click.option("--sharing", help="Sharing rule of all hosts: reserved, proportional, max_min, weighted_max_min.")
@click.option("--into", type=_PATH, help="Attach the traces to the VMs of this design.")
@click.option("-o", "--out", type=_PATH, required=True, help="The file to write.")
def import_csv(
    hosts_csv: Path | None,
    vms_csv: Path | None,
    traces_csv: Path | None,
    step: float | None,
    cells: Any,
    sharing: str | None,
    into: Path | None,
    out: Path,
) -> None:
    """Make a design of CSV files."""
    for path in filter(None, (hosts_csv, vms_csv, traces_csv)):
        _must_open(path)
    try:
        traces = read_traces(traces_csv, step, cells) if traces_csv else None
        if traces:
            click.echo(f"{traces.origin}: {'; '.join(traces.said)}.")
        if into is not None and traces is not None and hosts_csv is None and vms_csv is None:
            project = _attached(into, traces)
        elif hosts_csv is not None and vms_csv is not None and into is None:
            project = _machines(hosts_csv, vms_csv, traces, sharing)
        else:
            raise click.UsageError("Give --hosts and --vms (and --traces), or --into and --traces.")
        project_file.save(out, project.rows())
    except FileError as error:
        _stop(str(error), EXIT_NO_FILE)
    except DesignerError as error:
        _stop(str(error), EXIT_BAD_INPUT)
    click.echo(f"Wrote {out}.")


def _stop(sentence: str, code: int) -> None:
    click.echo(f"cloud-designer: {sentence}", err=True)
    raise SystemExit(code)


def _must_open(path: Path) -> None:
    """Stop when a file cannot be opened."""
    try:
        path.open("rb").close()
    except OSError as error:
        _stop(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.", EXIT_NO_FILE)


def _attached(into: Path, traces: Traces) -> Project:
    loaded = project_file.load(into)
    for warning in loaded.warnings:
        click.echo(f"cloud-designer: {warning}", err=True)
    project = Project(KINDS, LINKS, loaded.rows)
    vms = [i for i in project.subtree(ROOT_ID) if project.elements[i].kind == "vm"]
    said = imports.attach_traces(project, vms, traces.values, traces.names, traces.step_s, traces.origin)
    click.echo(said)
    return project


def _machines(hosts_csv: Path, vms_csv: Path, traces: Traces | None, sharing: str | None) -> Project:
    hosts, vms = read_hosts(hosts_csv), read_vms(vms_csv)
    for path, read in ((hosts_csv, hosts), (vms_csv, vms)):
        click.echo(f"{path.name}: {read.said}.")
    rows = [{**row, "sharing": sharing} for row in hosts.rows] if sharing else hosts.rows
    return design_of(Machines(rows, hosts.said), vms, traces, hosts_csv.name.partition(".")[0])


def design_of(hosts: Machines, vms: Machines, traces: Traces | None, name: str) -> Project:
    """A new design of hosts, VMs and their traces."""
    project = Project(KINDS, LINKS)
    trace = (traces.values, traces.step_s, traces.origin) if traces else None
    imports.import_machines(project, hosts.rows, vms.rows, trace, name)
    return project
