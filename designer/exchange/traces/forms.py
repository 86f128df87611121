"""Forms of tables of traces that their titles do not tell: those without a header, and those with lines before it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from designer.exchange.csv_table import CsvTable
from designer.exchange.numbers import Numbers
from designer.exchange.traces.dates import iso
from designer.exchange.traces.series import LABELS, without_port
from designer.exchange.traces.shape import is_number
from designer.words import tr

AZURE = ["timestamp", "vm_id", "min_cpu", "max_cpu", "cpu_percent"]
"""Columns of Azure's public trace of VMs (AzurePublicDataset, vm_cpu_readings): a row is 300 s of a VM."""
ALIBABA = ["machine_id", "time_stamp", "cpu_percent", "mem_percent", "mem_gps", "mkpi", "net_in", "net_out", "disk_io"]
"""Columns of Alibaba's cluster trace of 2018 (machine_usage)."""
LABEL = re.compile(r'([A-Za-z_]\w*)\s*=\s*"([^"]*)"')
METRIC = "CPUUtilization"


@dataclass(frozen=True)
class TableForm:
    """Titles of the columns, how many first rows they replace, and what is said of it."""

    titles: list[str]
    passed: int
    said: str


def form_of(table: CsvTable) -> TableForm | None:
    """The form of a table that is known by its first rows; None where its titles tell."""
    first = [cell.strip() for cell in table.head[0][1]]
    numbers = [is_number(cell, Numbers()) for cell in first]
    if len(first) == 5 and numbers == [True, False, True, True, True]:
        return TableForm(AZURE, 0, tr("it has the form of Azure's trace of VMs"))
    rest = all(known or not cell for known, cell in zip(numbers[2:], first[2:]))
    if len(first) == 9 and numbers[:2] == [False, True] and rest:
        return TableForm(ALIBABA, 0, tr("it has the form of Alibaba's trace of machines"))
    if "".join(first[0].lower().split()) in ("fulllabel", "label"):
        return _of_graph(table, first)
    return None


def _of_graph(table: CsvTable, labels: list[str]) -> TableForm | None:
    """A graph of CloudWatch: lines of labels, ids and statistics before the first time."""
    begin = next((n for n, (_, row) in enumerate(table.head) if iso(row[0].strip().replace("/", "-"))), 0)
    if not begin:
        return None
    names = [" ".join(label.replace(METRIC, " ").split()) or label for label in labels[1:]]
    return TableForm(["Timestamp", *names], begin, tr("it has the form of a graph of CloudWatch"))


def plain_name(title: str) -> str:
    """The name in a title such as `{instance="web-1:9100", job="node"}`; any other title as it is."""
    labels = dict(LABEL.findall(title)) if "{" in title else {}
    found = next((labels[name] for name in LABELS if labels.get(name)), "")
    return without_port(found) if found else title
