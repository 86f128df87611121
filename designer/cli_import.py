"""`cloud-designer import`: a design from CSV files, or traces for the VMs of a design."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from designer.catalog import KINDS, LINKS
from designer.cli_simulate import must_save, must_write
from designer.cli_terminal import UNLINK, UNLINKS, say, stop, warn
from designer.commands import imports
from designer.commands.estates import placing, requests, updating
from designer.errors import DesignerError, FileError
from designer.exchange.estate.any_table import FIELDS
from designer.exchange.estate.reading import read_estate
from designer.exchange.estate.report import write_report
from designer.exchange.machines_csv import Machines, read_hosts, read_vms
from designer.exchange.questions import TIME_UNITS, Answers
from designer.exchange.traces_csv import Traces, read_traces
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.project_file import LinkedFileError

EXIT_BAD_INPUT, EXIT_NO_FILE = 2, 3
_PATH: Any = click.Path(path_type=Path)
_HELP = """Make a design from the export of another program, or from CSV files (also .gz, .xz).

EXPORT is what RVTools (.xlsx, or the CSV files of its tabs), Proxmox VE (`pvesh get /cluster/resources
--output-format json`), OpenStack (answers of Nova), govc (`vm.info -json`, `host.info -json`), libvirt (XML of domains
and capabilities), Terraform (`show -json`, or a state), CloudFormation (templates) or the AWS command line
(describe-instances, -subnets, -volumes and others) wrote; files of one program belong together. What was guessed, made
up and left out is said; --report writes it.

CSV files hold hosts and VMs of any origin, laid out in racks, and traces as their load.

With --into, traces are attached to the VMs of a design that is there, and requests to its services. A trace goes to the
VM of its name (case and domain do not count); what is left over on either side is said. With --into and a later EXPORT
of the same estate, the design is brought up to date: what is new, changed and gone is listed.

Where a file can be read in two ways, the command says so and names the option that answers.

\b
Exit codes: 0 written; 2 a file or an option is wrong (nothing was written); 3 a file cannot be read or written.
"""


@click.command("import", help=_HELP)
@click.argument("export", nargs=-1, type=_PATH)
@click.option("--column", "columns", multiple=True, metavar="FIGURE=TITLE",
              help="EXPORT is a table: the column that tells a figure, such as vm.vcpus=Sockets or host.ram=Memory. "
              "Repeatable.")  # fmt: skip
@click.option("--report", type=_PATH, help="Write what was guessed, made up and left out of EXPORT as CSV.")
@click.option("--hosts", "hosts_csv", type=_PATH, help="A row a host: name, cores, MHz per core, RAM, watts, rack.")
@click.option("--vms", "vms_csv", type=_PATH, help="A row a VM: name, host, vCPUs, MHz, RAM, power state, template.")
@click.option("--traces", "traces_csv", type=_PATH, help="Load over time: a file, or a folder of files.")
@click.option("--step", type=float, metavar="SECONDS", help="How long a sample holds; read from the file if left out.")
@click.option("--cells", type=click.Choice(["percent", "fraction", "mhz", "core_percent", "rps", "requests"]),
              help="Unit of the traces' cells; core_percent: of one core; rps, requests: requests a second, or in each "
              "sample, of services.")  # fmt: skip
@click.option("--time-unit", type=click.Choice(list(TIME_UNITS)), help="Unit of times that are numbers.")
@click.option("--date-order", type=click.Choice(["day", "month"]), help="Which comes first in dates of numbers.")
@click.option("--decimal", type=click.Choice(["point", "comma"]), help="Decimal sign of the numbers.")
@click.option(
    "--shape",
    type=click.Choice(["rows", "columns", "long", "machine"]),
    help="Traces: a row a VM, a column a VM, a row a sample, or one machine's measures side by side.",
)
@click.option("--name-column", default="", metavar="TITLE", help="Traces: the column of VM names.")
@click.option("--time-column", default="", metavar="TITLE", help="Traces: the column of times.")
@click.option("--load-column", default="", metavar="TITLE", help="Traces: the column of loads.")
@click.option(
    "--measure", default="", metavar="NAME", help="Traces: which of the measures that a column names is the load."
)
@click.option(
    "--memory-unit", type=click.Choice(["MB", "GB"]), help="Unit of memory where neither title nor cell says."
)
@click.option(
    "--match", "how", type=click.Choice(["name", "place"]), default="name", help="How traces are matched to VMs."
)
@click.option("--sharing", help="Sharing rule of all hosts: reserved, proportional, max_min, weighted_max_min.")
@click.option(
    "--into",
    type=_PATH,
    help="Attach the traces to the VMs or services of this design; or bring it up to "
    "date with EXPORT, which it was made of earlier.",
)
@click.option("-o", "--out", type=_PATH, required=True, help="The file to write.")
@UNLINK
def import_files(
    export: tuple[Path, ...],
    columns: tuple[str, ...],
    report: Path | None,
    hosts_csv: Path | None,
    vms_csv: Path | None,
    traces_csv: Path | None,
    how: Any,
    sharing: str | None,
    into: Path | None,
    out: Path,
    step: float | None,
    unlink: bool,
    **said: Any,
) -> None:
    """Make a design of files."""
    must_write(report)
    must_save(out)
    answers = Answers(step_s=step, **said)
    tables = [path for path in (hosts_csv, vms_csv, traces_csv) if path is not None]
    for path in (*export, *tables):
        _must_open(path)
    try:
        traces = read_traces(traces_csv, answers) if traces_csv else None
        if traces:
            say(f"{traces.origin}: {'; '.join(traces.said)}.")
        if export and not tables and into is None:
            project = _estate(export, report, sharing, _columns(columns))
        elif export and not tables and into is not None:
            project = _updated(into, export, report, _columns(columns))
        elif export:
            raise click.UsageError("Give either EXPORT or CSV files.")
        elif into is not None and traces is not None and hosts_csv is None and vms_csv is None:
            project = _attached(into, traces, how)
        elif hosts_csv is not None and vms_csv is not None and into is None:
            hosts, vms = read_hosts(hosts_csv, answers), read_vms(vms_csv, answers)
            project = _machines((hosts_csv, hosts), (vms_csv, vms), traces, sharing, how)
        else:
            raise click.UsageError("Give EXPORT, --hosts and --vms (and --traces), or --into and --traces.")
        project_file.save(out, project.rows(), unlink=unlink)
    except LinkedFileError as error:
        stop(f"{error} {UNLINKS}", EXIT_NO_FILE)
    except FileError as error:
        stop(error, EXIT_NO_FILE)
    except DesignerError as error:
        stop(error, EXIT_BAD_INPUT)
    say(f"Wrote {out}.")


def _must_open(path: Path) -> None:
    """Stop when a file cannot be opened; a pipe would wait for somebody to write."""
    try:
        if path.is_file():
            path.open("rb").close()
        else:
            path.stat()
    except OSError as error:
        stop(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.", EXIT_NO_FILE)


def _columns(said: tuple[str, ...]) -> dict[str, str]:
    """The titles of figures, by figure."""
    known = {f"{sort}.{field}" for sort, fields in FIELDS.items() for field in fields}
    found = dict(one.partition("=")[::2] for one in said)
    for figure in found.keys() - known:
        raise click.UsageError(f"--column {figure}: a figure is one of {', '.join(sorted(known))}.")
    return found


def _estate(export: tuple[Path, ...], report: Path | None, sharing: str | None, columns: Mapping[str, str]) -> Project:
    inventory = read_estate(export, columns)
    for part in inventory.parts.values():
        if sharing and part.kind == "host":
            part.fields["sharing"] = sharing
    project = Project(KINDS, LINKS)
    sentence = placing.place(project, inventory).sentence
    rows = inventory.report()
    if report is not None:
        write_report(report, rows)
    say(sentence)
    for sort, what, who in rows:
        say(f"{sort}: {what} {who}".rstrip())
    return project


def _updated(into: Path, export: tuple[Path, ...], report: Path | None, columns: Mapping[str, str]) -> Project:
    inventory, project = read_estate(export, columns), _loaded(into)
    update = updating.compare(project, inventory)
    rows = [*updating.listed(project, update), *inventory.report()]
    if report is not None:
        write_report(report, rows)
    say(updating.apply(project, update))
    for sort, what, who in rows:
        say(f"{sort}: {what} {who}".rstrip())
    return project


def _attached(into: Path, traces: Traces, how: imports.Match) -> Project:
    project = _loaded(into)
    every = list(project.subtree(ROOT_ID))
    attach = requests.attach_requests if traces.scale == "rps" else imports.attach_traces
    of = "service" if traces.scale == "rps" else "vm"
    say(attach(project, [i for i in every if project.elements[i].kind == of], traces, how).sentence)
    return project


def _loaded(path: Path) -> Project:
    loaded = project_file.load(path)
    for warning in loaded.warnings:
        warn(warning)
    return Project(KINDS, LINKS, loaded.rows)


def _machines(
    hosts: tuple[Path, Machines],
    vms: tuple[Path, Machines],
    traces: Traces | None,
    sharing: str | None,
    how: imports.Match,
) -> Project:
    for path, read in (hosts, vms):
        say(f"{path.name}: {read.said}.")
    rows = [{**row, "sharing": sharing} for row in hosts[1].rows] if sharing else hosts[1].rows
    project = Project(KINDS, LINKS)
    name = hosts[0].name.partition(".")[0]
    say(imports.import_machines(project, rows, vms[1].rows, traces, name, how).sentence)
    return project
