"""Load over time from the JSON of monitoring: answers of Prometheus to range queries, of CloudWatch to its commands."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from designer.errors import ImportFileError
from designer.exchange.estate import cells
from designer.exchange.estate.json_file import read_json
from designer.exchange.going import Going
from designer.exchange.grid import Counts, grid_of, line_before_gap, placed
from designer.exchange.numbers import Numbers, is_missing
from designer.exchange.questions import Answers
from designer.exchange.source import ForeignFile
from designer.exchange.titles import title_of
from designer.exchange.traces.dates import Dates
from designer.exchange.traces.loads import Loads
from designer.words import tr

LABELS = ("vm_name", "vmname", "vm", "domain", "guest", "virtual_machine", "name", "instance_name", "nodename",
          "hostname", "host", "instance", "instance_id", "node", "pod", "container", "id")  # fmt: skip
"""Labels that name a VM, the surest first."""
STATISTICS = ("Average", "Maximum", "Sum", "Minimum")
METRIC_WORDS = frozenset(("CPUUtilization", "RequestCount", "Invocations", "Average", "Maximum", "Sum"))
"""Words of CloudWatch's labels that name no element."""
Series = tuple[str, Sequence[Any], Sequence[Any]]
"""A name, times, and loads."""


def is_json(path: Path) -> bool:
    """Whether a file is JSON by the end of its name."""
    return path.name.lower().endswith((".json", ".json.gz", ".json.xz"))


def read_series(path: Path, answers: Answers, counts: Counts, going: Going) -> tuple[ForeignFile, Loads, bool]:
    """The loads in a file, and whether they say that they are percents. Raises ImportFileError."""
    source, value = ForeignFile(path.name, series=True), read_json(path, going)
    percent, rows = _of(value, path)
    dates = Dates(source, (), answers)
    names: dict[str, int] = {}
    who, when, loads = array("q"), array("d"), array("d")
    for name, times, values in rows:
        number = names.setdefault(name, len(names))
        for time, load in zip(times, values):
            moment = _moment(time, dates)
            if moment is None:
                raise source.wrong(number + 1, tr("“{0}” is neither a number of seconds nor a date and time.",
                                                  str(time)[:40]))  # fmt: skip
            who.append(number)
            when.append(moment)
            loads.append(_load(source, number, load))
    if not who:
        raise ImportFileError(tr("{0} holds no sample.", path.name))
    whose, at = np.array(who), np.array(who) + 1
    grid = grid_of(source, whose, np.array(when), at, counts, answers.step_s)
    said, titles = [tr("each series is a VM")], [title_of("requests")] if _counts_requests(value) else []
    if titles:
        said = [tr("each series is a service")]
    read = Loads(list(names), np.array(loads), at, said, titles, step_s=grid.step_s, begin_s=float(min(when)),
                 place=lambda found: placed(grid, whose, found, len(names)),
                 gap_line=lambda: line_before_gap(whose, grid.places, grid.samples, at))  # fmt: skip
    return source, read, percent


def _moment(time: Any, dates: Dates) -> float | None:
    if isinstance(time, str):
        return dates.read(time)
    found = cells.number(time)
    return found if found is not None and abs(found) < 1e11 else None


def _load(source: ForeignFile, number: int, load: Any) -> float:
    if load is None or (isinstance(load, str) and is_missing(load)):
        return math.nan
    try:
        found = Numbers().read(load) if isinstance(load, str) else float(load)
    except (ValueError, TypeError, OverflowError):
        found = math.inf
    if not math.isfinite(found):
        if str(load).lstrip("+-").lower() in ("nan", "inf"):  # a rate of a counter that was not there
            return math.nan
        raise source.wrong(number + 1, tr("“{0}” is not a number.", str(load)[:40]))
    return found


def _of(value: Any, path: Path) -> tuple[bool, Iterator[Series]]:
    top = cells.mapping(value)
    data = cells.mapping(top.get("data"))
    if data.get("resultType") == "matrix":
        return False, _prometheus(cells.mappings(data.get("result")))
    if "MetricDataResults" in top:
        return True, _metric_data(cells.mappings(top["MetricDataResults"]))
    if "Datapoints" in top:
        rows = cells.mappings(top["Datapoints"])
        return all(row.get("Unit") == "Percent" for row in rows), _statistics(path, rows)
    raise ImportFileError(tr("{0} is no answer of Prometheus to a range query and none of CloudWatch.", path.name))


def _counts_requests(value: Any) -> bool:
    """Whether an answer of CloudWatch counts requests: by its unit, or by the labels of all its series."""
    points = cells.mappings(value.get("Datapoints"))
    labels = [cells.text(row.get("Label")) for row in cells.mappings(value.get("MetricDataResults"))]
    counted = [any(metric in label for metric in ("RequestCount", "Invocations")) for label in labels]
    return all(row.get("Unit") == "Count" for row in points) if points else bool(labels) and all(counted)


def _prometheus(rows: Sequence[Mapping[str, Any]]) -> Iterator[Series]:
    """Series named by the surest label that tells all of them apart, without a port."""
    metrics = [cells.mapping(row.get("metric")) for row in rows]
    name = next((label for label in LABELS if len({str(one.get(label)) for one in metrics}) == len(rows)
                 and all(one.get(label) for one in metrics)), "")  # fmt: skip
    for row, metric in zip(rows, metrics):
        pairs = [pair for pair in row.get("values") or () if isinstance(pair, list) and len(pair) == 2]
        called = without_port(str(metric[name])) if name else ", ".join(f"{k}={v}" for k, v in sorted(metric.items()))
        yield called or "0", [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def without_port(name: str) -> str:
    """The name of a target without the port at its end."""
    host, colon, port = name.rpartition(":")
    return host if colon and port.isdigit() else name


def _metric_data(rows: Sequence[Mapping[str, Any]]) -> Iterator[Series]:
    labels = [cells.text(row.get("Label")) for row in rows]
    for row, label in zip(rows, labels):
        told = labels.count(label) == 1 and label
        words = [
            word
            for word in label.split()
            if word not in ("CPUUtilization", "RequestCount", "Invocations", "Average", "Maximum", "Sum")
        ]
        called = words[0] if told and len(words) == 1 else label if told else cells.text(row.get("Id"))
        yield called, list(row.get("Timestamps") or ()), list(row.get("Values") or ())


def _statistics(path: Path, rows: Sequence[Mapping[str, Any]]) -> Iterator[Series]:
    known = ("Sum", *STATISTICS) if all(row.get("Unit") == "Count" for row in rows) else STATISTICS
    told = next((name for name in known if any(name in row for row in rows)), "Average")
    yield path.name.partition(".")[0], [row.get("Timestamp") for row in rows], [row.get(told) for row in rows]
