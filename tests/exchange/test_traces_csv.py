"""Load over time read from CSV files: what each shape means, and what each wrong file is told."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from designer.errors import ImportFileError
from designer.exchange import titles
from designer.exchange.questions import Answers
from designer.exchange.traces_csv import Traces, read_traces

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write text or bytes into a new file."""

    def do(content: str | bytes, name: str = "load.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return do


def refusal(path: Path, answers: Answers | None = None) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(ImportFileError) as refused:
        read_traces(path, answers)
    return str(refused.value)


def assert_percents(traces: Traces, *rows: Sequence[int]) -> None:
    """The traces are whole percents: exactly these."""
    assert traces.values.dtype == np.uint8
    assert traces.values.tolist() == [list(row) for row in rows]


def assert_fractions(traces: Traces, *rows: Sequence[float]) -> None:
    """The traces are fractions of 1: exactly these."""
    assert traces.values.dtype == np.float64
    assert traces.values.tolist() == [list(row) for row in rows]


# -- wide: a row a VM


def test_that_bare_numbers_are_a_row_a_vm_named_by_place(write: Write) -> None:
    traces = read_traces(write("10,20,30\n40,50,60\n"))
    assert_percents(traces, (10, 20, 30), (40, 50, 60))
    assert (traces.names, traces.step_s, traces.origin) == (["0", "1"], 300.0, "load.csv")


def test_that_what_is_assumed_is_said(write: Write) -> None:
    assert read_traces(write("10,20,30\n40,50,60\n")).said == [
        "2 traces of 3 samples, 300 s apart",
        "the cells are percents of a VM's CPU",
        "a row is a VM",
        "the file does not say how long a sample holds: 300 s are assumed",
    ]


def test_that_names_stand_in_front_without_a_header(write: Write) -> None:
    traces = read_traces(write("web-1, 10,20\n db ,40,50\n"))
    assert_percents(traces, (10, 20), (40, 50))
    assert traces.names == ["web-1", "db"]
    assert "a row is a VM, its name in front" in traces.said


@pytest.mark.parametrize("head", ["name", "VM", "vm id", "Instance-ID", "machine", "host", ""])
def test_that_a_header_with_seconds_gives_names_and_step(write: Write, head: str) -> None:
    traces = read_traces(write(f"{head},0,60,120\nweb,10,20,30\ndb,40,50,60\n"))
    assert_percents(traces, (10, 20, 30), (40, 50, 60))
    assert (traces.names, traces.step_s) == (["web", "db"], 60.0)
    assert not any("assumed" in sentence for sentence in traces.said)


def test_that_numbers_under_a_header_name_are_names(write: Write) -> None:
    traces = read_traces(write("vm_id,0,600\n17,10,20\n18,40,50\n"))
    assert_percents(traces, (10, 20), (40, 50))
    assert (traces.names, traces.step_s) == (["17", "18"], 600.0)


def test_that_an_unknown_word_over_the_names_is_a_header_too(write: Write) -> None:
    traces = read_traces(write("server,s1,s2\nweb,10,20\ndb,30,40\n"))
    assert_percents(traces, (10, 20), (30, 40))
    assert traces.names == ["web", "db"]


MEASURED = (
    "{0},{1},{2},{3}\nweb,0,{4},10\nweb,0,{5},80\ndb,0,{4},30\ndb,0,{5},80\n"
    "web,60,{4},12\nweb,60,{5},81\ndb,60,{4},32\ndb,60,{5},81\n"
)
"""Two measures of two VMs at two times, in rows of their own."""


@pytest.mark.parametrize(
    "words",
    [
        ("vm", "timestamp", "metric", "value", "cpu", "mem"),
        ("Entity", "Timestamp", "MetricId", "Value", "cpu.usage.average", "mem.usage.average"),
        ("host", "time", "what it is", "value", "CPU usage", "Disk latency"),
        ("vm", "time", "_field", "_value", "cpu_percent", "cpu_ready"),
    ],
)
def test_that_of_measures_in_rows_of_their_own_that_of_the_cpu_is_the_load(write: Write, words: Sequence[str]) -> None:
    path = write(MEASURED.format(*words))
    traces = read_traces(path)
    assert_percents(traces, (10, 12), (30, 32))
    assert f"“{words[4]}” in “{words[2]}” is the load; not used: {words[5]}" in traces.said
    assert_percents(read_traces(path, Answers(measure=words[5])), (80, 81), (80, 81))
    assert f"has no “none” in “{words[2]}”" in refusal(path, Answers(measure="none"))


@pytest.mark.parametrize("names", [("cpu.ready", "mem.usage"), ("cpu0", "cpu1"), ("idle", "user")])
def test_that_measures_none_of_which_is_surely_the_load_are_asked_about(write: Write, names: tuple[str, str]) -> None:
    path = write(MEASURED.format("vm", "time", "counter", "value", *names))
    said = refusal(path)
    assert said.endswith("in “counter” is the load? Answer with --measure.")
    assert all(name in said for name in names)
    assert_percents(read_traces(path, Answers(measure=names[1])), (80, 81), (80, 81))


def test_that_a_column_that_tells_no_rows_of_one_time_apart_is_no_measure(write: Write) -> None:
    rows = ["web,0,a,10", "web,60,b,12", "db,0,a,30", "db,60,a,32", "db,60,a,34"]
    traces = read_traces(write("vm,time,rack,load\n" + "\n".join(rows)))
    assert_percents(traces, (10, 12), (30, 33))


@pytest.mark.parametrize("word", ["sensor", "item", "field"])
def test_that_a_title_of_the_cpu_says_what_rows_of_times_of_their_own_measure(write: Write, word: str) -> None:
    rows = ["web,agent,0,10", "web,agent,60,12", "db,agent,0,30", "db,agent,60,32"]
    assert_percents(read_traces(write(f"vm,{word},time,cpu_percent\n" + "\n".join(rows))), (10, 12), (30, 32))
    assert refusal(write(f"vm,{word},time,value\n" + "\n".join(rows))).endswith("Answer with --measure.")


def test_that_a_column_that_tells_apart_the_hour_that_a_clock_change_repeats_is_no_measure(write: Write) -> None:
    hours = [(hour, "CEST") for hour in range(3)] + [(hour, "CET") for hour in range(2, 12)]
    rows = [f"web,2026-10-25 {hour:02}:{m:02}:00,{10 + m},{zone}" for hour, zone in hours for m in (0, 15, 30, 45)]
    traces = read_traces(write("vm,timestamp,cpu_percent,zone\n" + "\n".join(rows)))
    assert traces.values.shape == (1, 48)
    assert any(said.startswith("4 samples at a time that was there already") for said in traces.said)


@pytest.mark.parametrize("other", ["Instance", "VM id", "Machine"])
def test_that_a_column_with_empty_cells_names_no_vms(write: Write, other: str) -> None:
    rows = ['10,"11/30/2026 10:40:00 AM",web,300,', '30,"11/30/2026 10:40:00 AM",db,300,',
            '12,"11/30/2026 10:45:00 AM",web,300,', '32,"11/30/2026 10:45:00 AM",db,300,']  # fmt: skip
    traces = read_traces(write(f"Value,Timestamp,Entity,IntervalSecs,{other}\n" + "\n".join(rows)))
    assert traces.names == ["web", "db"]
    assert_percents(traces, (10, 12), (30, 32))


@pytest.mark.parametrize(
    "head",
    ["name,cpu,mem", "VM,CPU usage (%),Memory usage (%)", "vm,vcpus,ram", "who,when,what", "vm,mem", "server,a,b"],
)
def test_that_columns_that_may_be_measures_of_each_vm_are_asked_about(write: Write, head: str) -> None:
    titles = head.split(",")
    path = write("\n".join([head, *(",".join([name, "10", "80"][: len(titles)]) for name in ("web", "db"))]) + "\n")
    assert refusal(path).endswith("or measures of it. Answer with --load-column or --shape.")
    assert_percents(read_traces(path, Answers(load_column=titles[1], cells="percent")), (10,), (10,))
    if len(titles) > 2:
        assert_percents(read_traces(path, Answers(shape="rows")), (10, 80), (10, 80))


@pytest.mark.parametrize(
    ("times", "begin_s", "step_s"),
    [
        ("20260131 20260201 20260202", 1_769_817_600.0, 86_400.0),
        ("202601312355 202602010000 202602010005", 1_769_903_700.0, 300.0),
        ("20240228235930 20240229000000 20240229000030", 1_709_164_770.0, 30.0),
    ],
)
def test_that_dates_written_as_one_number_are_dates(write: Write, times: str, begin_s: float, step_s: float) -> None:
    body = "\n".join(f"{time},{n}" for n, time in enumerate(times.split(), 1))
    traces = read_traces(write(f"time,web\n{body}\n"))
    assert_percents(traces, (1, 2, 3))
    assert (traces.begin_s, traces.step_s) == (begin_s, step_s)


@pytest.mark.parametrize("times", ["20260229 20260301 20260302", "20261301 20261302 20261303"])
def test_that_numbers_that_are_no_dates_are_none(write: Write, times: str) -> None:
    body = "\n".join(f"{time},{n}" for n, time in enumerate(times.split(), 1))
    assert read_traces(write(f"time,web\n{body}\n")).begin_s == float(times.split()[0])


@pytest.mark.parametrize("title", ["(PDH-CSV 4.0) (W. Europe Standard Time)(-60)", "wann"])
def test_that_a_column_of_dates_under_any_title_is_asked_about_as_the_time(write: Write, title: str) -> None:
    path = write(f'"{title}","\\\\WEB\\% Time","\\\\DB\\% Time"\n"01/13/2026 00:00:00.123","10.5","40"\n'
                 '"01/13/2026 00:00:15.123","11.5","40"\n')  # fmt: skip
    assert refusal(path).endswith("is the time? Answer with --time-column.")
    traces = read_traces(path, Answers(time_column=title))
    assert traces.values.tolist() == [[0.105, 0.115], [0.4, 0.4]]
    assert traces.step_s == 15.0


def test_that_a_first_sample_beside_its_second_does_not_count_the_others_as_moved(write: Write) -> None:
    rows = "".join(f"a,{300 * n + 40 * (n == 0)},{n}\n" for n in range(9))
    traces = read_traces(write("vm,seconds,cpu %\n" + rows))
    assert_percents(traces, tuple(range(9)))
    assert traces.done == {"moved": (1, 2)}


def test_that_fractions_of_seconds_say_nothing_of_the_decimal_sign(write: Write) -> None:
    traces = read_traces(write("time;web\n2026-01-13 00:00:00.123;10,5\n2026-01-13 00:05:00.123;11,5\n"))
    assert traces.values.tolist() == [[0.105, 0.115]]


def test_that_days_as_a_spreadsheet_counts_them_are_asked_about(write: Write) -> None:
    path = write("vm,time,load\n" + "".join(f"a,{46_000 + n / 288:.7f},{n}\n" for n in range(5)))
    assert refusal(path).endswith("in seconds its samples would be 0.00347 s apart. Answer with --time-unit.")
    assert read_traces(path, Answers(time_unit="d")).step_s == 300.0


@pytest.mark.parametrize("head", ["vm,s0,s1,", "vm,0,60,", "vm,s0,s1,,", ""])
def test_that_a_separator_at_the_end_of_each_line_makes_no_sample(write: Write, head: str) -> None:
    end = "," * max(len(head) - len(head.rstrip(",")), 1)
    traces = read_traces(write("\n".join([*([head] if head else []), f"web,10,20{end}", f"db,30,40{end}"]) + "\n"))
    assert_percents(traces, (10, 20), (30, 40))
    assert not any("empty" in sentence for sentence in traces.said)


def test_that_a_gap_names_the_line_before_it(write: Write) -> None:
    long = write("vm,time,load\na,0,1\na,60,2\na,240,3\nb,0,1\nb,60,1\nb,120,1\nb,180,1\nb,240,1\n")
    assert read_traces(long).said[-1] == "2 samples empty and held from the one before (first: line 3)"
    wide = write("Time,a,b\n0,-1,1\n60,-1,2\n240,-1,3\n")
    assert read_traces(wide).said[-1] == "2 samples empty and held from the one before (first: line 3)"


@pytest.mark.parametrize("head", ["t0,t1,t2", "sample 1,sample 2,sample 3", "2026-01-05,2026-01-06,2026-01-07"])
def test_that_a_header_over_samples_only_takes_no_sample_for_a_name(write: Write, head: str) -> None:
    traces = read_traces(write(f"{head}\n10,20,30\n40,50,60\n"))
    assert_percents(traces, (10, 20, 30), (40, 50, 60))
    assert traces.names == ["0", "1"]


@pytest.mark.parametrize(
    ("head", "step_s"),
    [
        ("vm;0,5;1,0;1,5", 0.5),
        ("vm;13/01/2026 00:00;13/01/2026 00:10;13/01/2026 00:20", 600.0),
        ("vm;20260101;20260102;20260103", 86_400.0),
        ("vm;00:00;01:00;02:00", 3600.0),
        ("Server;23:30:00;23:45:00;00:00:00", 900.0),
    ],
)
def test_that_times_in_the_header_are_read_as_those_in_cells(write: Write, head: str, step_s: float) -> None:
    assert read_traces(write(f"{head}\nweb;10;20;30\n")).step_s == step_s


@pytest.mark.parametrize("head", ["vm,0,1,2", "vm,1,2,3"])
def test_that_numbers_of_samples_in_the_header_are_no_seconds(write: Write, head: str) -> None:
    path = write(f"{head}\nweb,10,20,30\n")
    traces = read_traces(path)
    assert traces.step_s == 300.0
    assert "the file does not say how long a sample holds: 300 s are assumed" in traces.said
    assert read_traces(path, Answers(step_s=60.0)).values.shape == (1, 3)
    assert read_traces(path, Answers(time_unit="min")).step_s == 60.0


def test_that_the_step_is_found_from_dates_in_the_header(write: Write) -> None:
    traces = read_traces(write("vm,2026-01-05 00:00,2026-01-05 00:01,2026-01-05 00:02\nweb,10,20,30\n"))
    assert_percents(traces, (10, 20, 30))
    assert traces.step_s == 60.0


def test_that_time_over_the_names_is_a_header_not_a_trace(write: Write) -> None:
    traces = read_traces(write("time,0,1,2\nweb,10,20,30\n"))
    assert_percents(traces, (10, 20, 30))
    assert (traces.names, traces.step_s) == (["web"], 1.0)


def test_that_one_row_of_one_sample_is_a_trace(write: Write) -> None:
    assert_percents(read_traces(write("5")), (5,))


# -- wide, turned: a column a VM


@pytest.mark.parametrize(
    ("head", "moments", "step_s"),
    [
        ("time", ("0", "300", "600"), 300.0),
        ("seconds", ("60", "62.5", "65"), 2.5),
        ("Time ms", ("0", "5000", "10000"), 5.0),
        ("Timestamp [ms]", ("1376314846000", "1376315146000", "1376315446000"), 300.0),
        ("date", ("2026-01-05", "2026-01-06", "2026-01-07"), 86400.0),
        ("datetime", ("2026-01-05T23:50:00Z", "2026-01-06T00:00:00Z", "2026-01-06T00:10:00Z"), 600.0),
        ("timestamp", ("2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00", "2026-03-29T03:30+02:00"), 1800.0),
        ("t", ("-1", "0", "1"), 1.0),
    ],
)
def test_that_a_column_is_a_vm_under_a_time(write: Write, head: str, moments: Sequence[str], step_s: float) -> None:
    loads = ("10,40", "20,50", "30,60")
    body = "\n".join(f"{moment},{load}" for moment, load in zip(moments, loads))
    traces = read_traces(write(f"{head},web,db\n{body}\n"))
    assert_percents(traces, (10, 20, 30), (40, 50, 60))
    assert (traces.names, traces.step_s) == (["web", "db"], step_s)
    assert "a column is a VM" in traces.said


def test_that_columns_named_with_numbers_are_vms(write: Write) -> None:
    traces = read_traces(write("time,101,102\n0,10,40\n60,20,50\n"))
    assert_percents(traces, (10, 20), (40, 50))
    assert (traces.names, traces.step_s) == (["101", "102"], 60.0)


def test_that_a_turned_file_is_laid_out_row_by_row_in_memory(write: Write) -> None:
    assert read_traces(write("time,a,b\n0,1,4\n9,2,5\n")).values.flags.c_contiguous


def test_that_dates_without_a_zone_know_no_summer_time(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        traces = read_traces(write("date,a\n2026-03-29 01:00,1\n2026-03-29 02:00,2\n2026-03-29 03:00,3\n"))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert traces.step_s == 3600.0


# -- long: a row a sample


def test_that_long_rows_in_any_order_make_traces(write: Write) -> None:
    traces = read_traces(write("vm,time,load\nweb,60,20\ndb,0,30\nweb,0,10\ndb,60,40\n"))
    assert_percents(traces, (10, 20), (30, 40))
    assert (traces.names, traces.step_s) == (["web", "db"], 60.0)
    assert "a row is one sample of one VM" in traces.said


@pytest.mark.parametrize("name", sorted(titles.NAMES))
def test_that_every_usual_name_of_a_vm_is_known_in_a_long_file(write: Write, name: str) -> None:
    assert read_traces(write(f"cpu,{name},t\n5,web,0\n6,web,1\n")).names == ["web"]


@pytest.mark.parametrize("name", sorted(titles.TIMES))
def test_that_every_usual_name_of_a_time_is_known_in_a_long_file(write: Write, name: str) -> None:
    traces = read_traces(write(f"vm,{name},cpu\nweb,0,5\nweb,4000,6\n"))
    assert_percents(traces, (5, 6))
    assert traces.step_s == (4.0 if "ms" in name else 4000.0)


@pytest.mark.parametrize("name", sorted(titles.LOADS))
def test_that_every_usual_name_of_a_load_is_known_in_a_long_file(write: Write, name: str) -> None:
    says = "percent" if "percent" in name or "%" in name else "fraction"
    cells: Any = None if says == "percent" or "frac" in name else "fraction"
    traces = read_traces(write(f"vm,time,{name}\nweb,0,0.5\nweb,60,0.25\n"), Answers(cells=cells))
    assert_fractions(traces, (0.005, 0.0025) if says == "percent" else (0.5, 0.25))


def test_that_the_columns_of_other_figures_are_left_alone(write: Write) -> None:
    text = "Timestamp [ms];CPU cores;CPU usage [%];Memory usage [KB];VM\n0;4;12.5;900;a\n300000;4;25;901;a\n"
    traces = read_traces(write(text))
    assert_fractions(traces, (0.125, 0.25))
    assert (traces.names, traces.step_s) == (["a"], 300.0)


def test_that_the_vm_names_a_long_trace_rather_than_its_host_or_the_row(write: Write) -> None:
    traces = read_traces(write("id,host,vm,time,cpu\n1,h,web,0,5\n2,h,db,0,6\n3,h,web,60,7\n4,h,db,60,8\n"))
    assert_percents(traces, (5, 7), (6, 8))
    assert traces.names == ["web", "db"]


def test_that_a_missing_sample_holds_the_one_before_and_at_the_start_the_first(write: Write) -> None:
    rows = ("a,0,1", "a,60,2", "a,180,4", "b,120,7", "c,0,9")
    traces = read_traces(write("vm,time,load\n" + "\n".join(rows)))
    assert_percents(traces, (1, 2, 2, 4), (7, 7, 7, 7), (9, 9, 9, 9))
    assert "7 samples empty and held from the one before (first: line 3)" in traces.said


def test_that_nothing_is_said_of_missing_samples_when_none_is(write: Write) -> None:
    assert not any("missing" in sentence for sentence in read_traces(write("vm,time,load\na,0,1\na,9,2\n")).said)


def test_that_a_long_file_of_one_moment_says_that_its_step_is_assumed(write: Write) -> None:
    traces = read_traces(write("vm,time,load\na,17,1\nb,17,2\n"))
    assert_percents(traces, (1,), (2,))
    assert traces.step_s == 300.0
    assert any("assumed" in sentence for sentence in traces.said)


def test_that_dates_of_a_long_file_give_the_step(write: Write) -> None:
    traces = read_traces(write("name,date,value\na,2026-01-01 00:00,1\na,2026-01-01 00:15,2\n"))
    assert_percents(traces, (1, 2))
    assert traces.step_s == 900.0


# -- step and unit


def test_that_a_step_that_is_given_counts_more_than_the_files(write: Write) -> None:
    traces = read_traces(write("vm,0,60\na,1,2\n"), Answers(step_s=20.0))
    assert_percents(traces, (1, 1, 1, 2))
    assert traces.said[0] == "1 trace of 4 samples, 20 s apart"


@pytest.mark.parametrize("step_s", [0.0, -1.0, float("nan"), float("inf")])
def test_that_a_step_that_is_no_length_of_time_is_refused(write: Write, step_s: float) -> None:
    assert "step must be longer than 0 s" in refusal(write("1,2\n"), Answers(step_s=step_s))


@pytest.mark.parametrize(
    ("text", "cells", "expected"),
    [
        ("0.5,0.25\n", "fraction", (0.5, 0.25)),
        ("0.5,50\n", None, (0.005, 0.5)),
        ("0.5,0.25\n", "percent", (0.005, 0.0025)),
        ("0,1\n", "fraction", (0.0, 1.0)),
        ("vm,time,load_percent\na,0,0.5\na,1,0.25\n", None, (0.005, 0.0025)),
        ("vm,time,load_percent\na,0,0.5\na,1,0.25\n", "fraction", (0.5, 0.25)),
        ("vm,time,load_frac\na,0,0\na,1,1\n", None, (0.0, 1.0)),
        ("vm,time,fraction\na,0,1\na,1,1\n", None, (1.0, 1.0)),
        ("vm,time,load,memory_percent\na,0,0.5,7\na,1,0.25,8\n", "fraction", (0.5, 0.25)),
    ],
)
def test_that_cells_are_fractions_of_one_when_they_are(
    write: Write, text: str, cells: Any, expected: Sequence[float]
) -> None:
    assert_fractions(read_traces(write(text), Answers(cells=cells)), expected)


@pytest.mark.parametrize(("names", "unit"), [("web_cpu_percent,db_cpu_percent", 0.01), ("web%,db %", 0.01)])
def test_that_columns_are_percents_when_all_of_their_names_say_so(write: Write, names: str, unit: float) -> None:
    traces = read_traces(write(f"time,{names}\n0,0.5,1\n60,0.25,1\n"))
    assert_fractions(traces, (0.5 * unit, 0.25 * unit), (unit, unit))


@pytest.mark.parametrize("text", ["0,1,1\n", "0.3,0.435\n", "0.2,1.05\n", "vm,time,cpu\na,0,0.4\na,60,0.5\n"])
def test_that_small_loads_that_nobody_names_are_asked_about(write: Write, text: str) -> None:
    sentence = refusal(write(text))
    assert "nothing says whether percents or fractions" in sentence
    assert sentence.endswith("Answer with --cells.")


def test_that_a_title_of_fractions_over_percents_is_asked_about(write: Write) -> None:
    sentence = refusal(write("vm,time,load_frac\na,0,40\na,60,50\n"))
    assert "its title says a fraction of 1" in sentence
    assert sentence.endswith("Answer with --cells.")


def test_that_the_unit_is_said(write: Write) -> None:
    assert "the cells are percents of a VM's CPU" in read_traces(write("0,2,1\n")).said
    answered = read_traces(write("0.1,0.2\n"), Answers(cells="fraction"))
    assert "the cells are fractions of 1 of a VM's CPU" in answered.said


def test_that_full_load_is_the_most_in_both_units(write: Write) -> None:
    assert_percents(read_traces(write("0,100\n")), (0, 100))
    assert_fractions(read_traces(write("0.0,1.0\n"), Answers(cells="fraction")), (0.0, 1.0))


# -- how a file may be written


TEXT = "vm,0,60\nwéb,10,20\ndb,30,40\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("load.csv", TEXT.encode()),
        ("load.csv", b"\xef\xbb\xbf" + TEXT.encode()),
        ("load.csv", TEXT.replace(",", ";").encode()),
        ("load.tsv", TEXT.replace(",", "\t").encode()),
        ("load.txt", TEXT.replace(",", "|").encode()),
        ("load.csv", TEXT.replace("\n", "\r\n").encode()),
        ("load.csv", TEXT.replace("\n", "\r").encode()),
        ("load.csv", TEXT.rstrip().encode()),
        ("load.csv", ("\n\n" + TEXT.replace("\n", "\n\n") + "\n").encode()),
        ("load.csv", ("\n" + TEXT.replace(",", ";")).encode()),
        ("load.csv", TEXT.replace("10", '" 10 "').encode()),
        ("load.csv.gz", gzip.compress(TEXT.encode())),
        ("load.csv.gz", gzip.compress(b"\xef\xbb\xbf" + TEXT.encode())),
        ("load.csv.xz", lzma.compress(TEXT.encode())),
        ("Load.CSV.GZ", gzip.compress(TEXT.encode())),
    ],
    ids=["plain", "mark", "semicolon", "tab", "bar", "crlf", "cr", "no-end", "blank-lines", "blank-first", "quoted",
         "gz", "gz-mark", "xz", "capitals"],
)  # fmt: skip
def test_that_packing_separators_line_ends_and_marks_change_nothing(write: Write, name: str, content: bytes) -> None:
    traces = read_traces(write(content, name))
    assert_percents(traces, (10, 20), (30, 40))
    assert (traces.names, traces.step_s, traces.origin) == (["wéb", "db"], 60.0, name)


def test_that_a_quoted_name_may_hold_the_separator(write: Write) -> None:
    assert read_traces(write('vm;0;60\n"a;b";10;20\n')).names == ["a;b"]


def test_that_a_separator_inside_a_name_is_none(write: Write) -> None:
    traces = read_traces(write("time;db, main\n0;10\n60;20\n"))
    assert_percents(traces, (10, 20))
    assert (traces.names, traces.step_s) == (["db, main"], 60.0)


# -- what is refused, and what is said of it


@pytest.mark.parametrize("text", ["", " \n \n", "\ufeff", ",,,\n,,,\n", ";;\n"])
def test_that_an_empty_file_is_called_empty(write: Write, text: str) -> None:
    assert refusal(write(text)) == "load.csv is empty."


def test_that_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.csv") == f"{tmp_path / 'none.csv'} is not there."


def test_that_a_folder_is_no_file(tmp_path: Path) -> None:
    assert f"{tmp_path.name} cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_that_other_encodings_are_read_and_said(write: Write, encoding: str) -> None:
    traces = read_traces(write(TEXT.encode(encoding)))
    assert_percents(traces, (10, 20), (30, 40))
    assert traces.names == ["wéb", "db"]
    assert f"the text is in {'Windows-1252' if encoding == 'cp1252' else 'UTF-16'}" in traces.said


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "load.csv is not text (byte 8); save it as CSV."),
        (b"vm,0\nw\x81b,1\n", "load.csv is text in neither UTF-8, UTF-16 nor Windows-1252; save it as CSV in UTF-8."),
        (TEXT.encode("utf-16")[:-1], "load.csv is not text in UTF-16; save it as CSV in UTF-8."),
    ],
    ids=["picture", "no-letter", "half-a-letter"],
)
def test_that_what_is_no_text_is_refused(write: Write, content: bytes, sentence: str) -> None:
    assert refusal(write(content)) == sentence


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("load.csv.gz", TEXT.encode()),
        ("load.csv.gz", gzip.compress(TEXT.encode())[:-9]),
        ("load.csv.gz", gzip.compress(TEXT.encode())[:10] + b"\xff" * 30),
        ("load.csv.xz", TEXT.encode()),
        ("load.csv.xz", lzma.compress(TEXT.encode())[:-9]),
    ],
    ids=["no-gz", "cut-gz", "bad-gz", "no-xz", "cut-xz"],
)
def test_that_a_damaged_packed_file_is_named(write: Write, name: str, content: bytes) -> None:
    assert refusal(write(content, name)).startswith(f"{name} cannot be read: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        # wide
        ("1,2,3\n4,5\n", "load.csv, line 2: 2 cells where the rows before have 3."),
        ("vm,0,60\na,1,2\nb,1,2,3\n", "load.csv, line 3: 4 cells where the header has 3. Are there decimal "
         "commas? Then save it with semicolons between cells."),
        ("vm,0,60\na,1\nb,1\n", "load.csv, line 2: 2 cells where the header has 3."),
        ("vm,0,60\n", "load.csv has a header but no traces under it."),
        ("time,0,60\n", "load.csv has a header but no traces under it."),
        ("vm\na\n", "load.csv, line 2: there are no samples after the name."),
        ("vm,0,60\na,1,2\nb,1,x\n", "load.csv, line 3: “x” (column 3) is not a number."),
        ("a,1,x\nb,1,2\n", "load.csv, line 1: “x” (column 3) is not a number."),

        ("1,x,3\n4,5,6\n", "load.csv, line 1: “x” (column 2) is not a number."),
        ("1,2\nx,4\n", "load.csv, line 2: “x” (column 1) is not a number."),

        ("1,2\n3,-inf\n", "load.csv, line 2: “-inf” (column 2) is not a number."),
        ("1,2\n3,1e999\n", "load.csv, line 2: column 2 is “1e999”; a load must be a finite number."),
        ("1,2\n3,-1.5\n", "load.csv, line 2: a load is -1.5; a load cannot be negative."),
        ("vm,0,60\na,5,111\n", "load.csv, line 2: a load is 111; percents of a VM's CPU are at most 100."),


        # turned
        ("time,a,b\n0,1,2\n60,3\n", "load.csv, line 3: 2 cells where the header has 3."),
        ("time,a\n", "load.csv has a header but no samples under it."),
        ("time\n0\n60\n", "load.csv has a column of times but no load beside it."),
        ("time,a\n0,1\n60,x\n", "load.csv, line 3: “x” (column 2) is not a number."),
        ("time,a\n0,1\nsoon,2\n", "load.csv, line 3: “soon” is neither a number of seconds nor a date and time."),
        ("time,a\n0,1\nnan,2\n", "load.csv, line 3: “nan” is neither a number of seconds nor a date and time."),

        ("time,a\n0,1\n1e25,2\n", "load.csv, line 3: “1e25” is no moment."),


        ("time,a,b\n0,1,2\n60,3,-4\n", "load.csv, line 3: a load is -4; a load cannot be negative."),
        # long
        ("vm,time,load\na,0\n", "load.csv, line 2: 2 cells where the header has 3."),
        ("vm,time,load\n", "load.csv has a header but no samples under it."),
        ("vm,time,load\na,0,x\n", "load.csv, line 2: “x” (load) is not a number."),
        ("vm,time,load\na,0,\n", "load.csv holds no valid sample."),
        ("vm,time,load\na,0,1\na,60,inf\n", "load.csv, line 3: “inf” (load) is not a number."),
        ("vm,time,load\na,inf,1\n", "load.csv, line 2: “inf” is neither a number of seconds nor a date and time."),
        ("vm,time,load\na,noon,1\n", "load.csv, line 2: “noon” is neither a number of seconds nor a date and time."),


        ("vm,time,load\na,0,1\na,60,-2\n", "load.csv, line 3: a load is -2; a load cannot be negative."),

    ],
)  # fmt: skip
def test_that_a_wrong_file_is_told_what_is_wrong_and_where(write: Write, text: str, sentence: str) -> None:
    assert refusal(write(text)) == sentence


def test_that_lines_are_counted_as_an_editor_counts_them(write: Write) -> None:
    assert refusal(write("\n\nvm,0,60\n\na,1,2\n\n\nb,1,x\n")).startswith("load.csv, line 8: ")
    assert refusal(write('vm,0,60\n"two\nlines",1,2\nb,1,x\n')).startswith("load.csv, line 4: ")
    assert refusal(write("vm,0,60\na\u2028b\x0c,1,2\nb,1,x\n")).startswith("load.csv, line 3: ")


def test_that_a_long_wrong_cell_is_cut_in_the_sentence(write: Write) -> None:
    assert (
        refusal(write("1,2\n3," + "x" * 1000 + "\n")) == f"load.csv, line 2: “{'x' * 40}” (column 2) is not a number."
    )


def test_that_a_cell_larger_than_the_reader_takes_is_refused(write: Write) -> None:
    assert refusal(write("1," + "2" * 200_000 + "\n")).startswith("load.csv is not a CSV file: ")


@pytest.mark.parametrize(
    "moments", [("0", "1e-9", "1"), ("0", "1e-3", "1e5"), ("0", "0.1", "0.2", "0.30000000000000004", "0.3", "1e6")]
)
def test_that_a_long_file_of_too_many_samples_is_refused_before_they_are_made(
    write: Write, moments: Sequence[str]
) -> None:
    body = "\n".join(f"a,{moment},1" for moment in moments)
    assert refusal(write(f"vm,seconds,load\n{body}\n")).endswith("Answer with --step.")


def test_that_a_given_unit_is_held_against_the_cells(write: Write) -> None:
    assert refusal(write("0.5,50\n"), Answers(cells="fraction")) == (
        "load.csv, line 1: a load is 50; fractions of a VM's CPU are at most 1."
    )


# -- round trips


NAMES = st.lists(
    st.text(st.characters(codec="utf-8", categories=("L", "Nd", "P", "S", "Zs")), min_size=1, max_size=12)
    .map(lambda text: "vm " + " ".join(text.split()))
    .map(str.strip),
    min_size=1,
    max_size=5,
    unique=True,
)
PERCENTS = st.integers(0, 100)
FRACTIONS = st.floats(0.0, 1.0, allow_subnormal=True)


@st.composite
def matrices(draw: st.DrawFn) -> tuple[list[str], np.ndarray, float]:
    """Names, values (uint8 percents or fractions) and a step."""
    names = draw(NAMES)
    samples = draw(st.integers(2, 6))
    whole = draw(st.booleans())
    cell = PERCENTS if whole else FRACTIONS
    rows = draw(st.lists(st.lists(cell, min_size=samples, max_size=samples), min_size=len(names), max_size=len(names)))
    step_s = draw(st.sampled_from([0.5, 1.0, 20.0, 300.0, 3600.0]))
    return names, np.array(rows, dtype=np.uint8 if whole else np.float64), step_s


def written(rows: Sequence[Sequence[object]], separator: str) -> bytes:
    """A table as a CSV file, numbers with all their digits."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(
        [repr(cell.item()) if isinstance(cell, np.generic) else cell for cell in row] for row in rows
    )
    return text.getvalue().encode()


def wide(names: Sequence[str], values: np.ndarray, step_s: float) -> list[list[object]]:
    """A row a VM, seconds in the header."""
    times = [n * step_s for n in range(values.shape[1])]
    return [["vm", *times], *([name, *row] for name, row in zip(names, values))]


def turned(names: Sequence[str], values: np.ndarray, step_s: float) -> list[list[object]]:
    """A column a VM."""
    return [["time", *names], *([n * step_s, *values[:, n]] for n in range(values.shape[1]))]


def long(names: Sequence[str], values: np.ndarray, step_s: float) -> list[list[object]]:
    """A row a sample, moment by moment."""
    rows = [[name, n * step_s, values[k, n]] for n in range(values.shape[1]) for k, name in enumerate(names)]
    return [["vm", "time", "load"], *rows]


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": partial(lzma.compress, preset=0),  # the usual one begins with a dictionary of 100 MB
}


@pytest.mark.parametrize("shape", [wide, turned, long])
@pytest.mark.parametrize("ending", ["", ".gz", ".xz"], ids=["plain", "gz", "xz"])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(matrix=matrices(), separator=st.sampled_from(",;\t|"))
def test_that_what_was_written_is_read(
    tmp_path: Path,
    shape: Callable[..., list[list[object]]],
    ending: str,
    matrix: tuple[list[str], np.ndarray, float],
    separator: str,
) -> None:
    names, values, step_s = matrix
    content = written(shape(names, values, step_s), separator)
    path = tmp_path / f"load.csv{ending}"
    path.write_bytes(PACKED[ending](content))
    traces = read_traces(path, Answers(cells="percent" if values.dtype == np.uint8 else "fraction", decimal="point"))
    assert traces.names == names
    assert traces.step_s == step_s
    assert traces.values.dtype == values.dtype
    assert np.array_equal(traces.values, values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(matrix=matrices(), seed=st.randoms(use_true_random=False))
def test_that_wide_turned_and_shuffled_long_say_the_same(tmp_path: Path, matrix: Any, seed: Any) -> None:
    # A turned file whose every VM is named after a unit says the unit; the other shapes do not.
    assume(not any(unit in name.lower() for name in matrix[0] for unit in ("%", "percent", "frac")))
    head, *samples = long(*matrix)
    seed.shuffle(samples)
    tables = {"wide": wide(*matrix), "turned": turned(*matrix), "long": [head, *samples]}
    read = {}
    for name, table in tables.items():
        (tmp_path / f"{name}.csv").write_bytes(written(table, ","))
        traces = read_traces(
            tmp_path / f"{name}.csv", Answers(cells="percent" if matrix[1].dtype == np.uint8 else "fraction")
        )
        read[name] = traces.step_s, {vm: traces.values[n].tolist() for n, vm in enumerate(traces.names)}
    assert read["wide"] == read["turned"] == read["long"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    samples=st.dictionaries(st.tuples(st.sampled_from("bc"), st.integers(0, 30)), PERCENTS, max_size=20),
    whole=st.lists(st.integers(2, 100), min_size=31, max_size=31),
)
def test_that_holes_of_a_long_file_are_filled_as_told(
    tmp_path: Path, samples: dict[tuple[str, int], int], whole: list[int]
) -> None:
    path = tmp_path / "load.csv"
    samples = {**samples, **{("a", n): load for n, load in enumerate(whole)}}
    path.write_text("vm,time,load\n" + "".join(f"{vm},{60 * n},{load}\n" for (vm, n), load in samples.items()))
    traces = read_traces(path)
    assert traces.step_s == 60.0
    for row, vm in enumerate(traces.names):
        known = sorted((n, load) for (who, n), load in samples.items() if who == vm)
        for column, value in enumerate(traces.values[row].tolist()):
            before = [load for n, load in known if n <= column]
            assert value == (before[-1] if before else known[0][1])
    empty = 31 * len(traces.names) - len(samples)
    said = f"{empty:,} sample{'' if empty == 1 else 's'} empty and held from the one before (first: line "
    assert any(sentence.startswith(said) for sentence in traces.said) == (empty > 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=60), st.text('avmtielod,;0159.-\n\r"\t ex_n', max_size=60).map(str.encode)))
def test_that_any_file_is_read_or_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "load.csv"
    path.write_bytes(content)
    try:
        traces = read_traces(path)
    except ImportFileError as error:
        assert str(error).startswith("load.csv")
        assert str(error).endswith(".")
    else:
        assert traces.values.size > 0
        assert len(traces.names) == traces.values.shape[0]
        assert traces.values.max() <= (100 if traces.values.dtype == np.uint8 else 1.0)


# -- units and columns that titles name in other words


@pytest.mark.parametrize(
    ("title", "step_s"),
    [
        ("time_min", 300.0), ("minutes", 300.0), ("Time (min)", 300.0), ("Zeit (Minuten)", 300.0), ("hours", 18_000.0),
        ("elapsed seconds", 5.0), ("time_us", 5e-6), ("timestamp [ms]", 0.005), ("elapsed_days", 432_000.0),
    ],
)  # fmt: skip
def test_that_a_title_s_unit_of_time_counts_whatever_it_is(write: Write, title: str, step_s: float) -> None:
    path = write(f"vm,{title},cpu_percent\na,0,4\na,5,3\na,10,3\n")
    assert read_traces(path).step_s == pytest.approx(step_s)
    path = write(f"{title},a,b\n0,4,40\n5,3,30\n10,3,30\n")
    traces = read_traces(path)
    assert (traces.names, traces.step_s) == (["a", "b"], pytest.approx(step_s))


def test_that_a_unit_of_time_that_nobody_knows_is_asked_for(write: Write) -> None:
    path = write("vm,Time (ticks),cpu_percent\na,0,4\na,5,3\n")
    assert refusal(path).endswith("“Time (ticks)” is in no unit of time that is known. Answer with --time-unit.")
    assert read_traces(path, Answers(time_unit="min")).step_s == 300.0


@pytest.mark.parametrize(
    ("name", "time", "load"), [("vm", "when", "cpu"), ("vm", "time_s", "busy"), ("who", "time_s", "cpu")]
)
def test_that_one_answered_column_is_enough_where_the_others_are_known(
    write: Write, name: str, time: str, load: str
) -> None:
    path = write(f"{name},{time},{load},room\na,0,4,x\na,300,30,x\nb,0,5,x\nb,300,50,x\n")
    given = Answers(
        name_column=name if name == "who" else "",
        time_column=time if time == "when" else "",
        load_column=load if load == "busy" else "",
    )
    traces = read_traces(path, given)
    assert (traces.names, traces.step_s) == (["a", "b"], 300.0)
    assert_percents(traces, [4, 30], [5, 50])


@pytest.mark.parametrize("title", ["cpu_mhz", "CPU (MHz)", "cpu seconds", "cpu [cores]"])
def test_that_a_load_in_another_unit_is_not_taken_for_percents(write: Write, title: str) -> None:
    path = write(f"vm,timestamp,{title}\na,0,40\na,300,60\n")
    answers = Answers(load_column=title)
    assert "which is no part of a VM's CPU. Answer with --cells." in refusal(path, answers)
    assert_percents(read_traces(path, Answers(load_column=title, cells="percent")), [40, 60])


@pytest.mark.parametrize("title", ["cpu (fraction)", "CPU [0..1]", "load (ratio)", "cpu_frac"])
def test_that_a_title_in_brackets_says_fraction(write: Write, title: str) -> None:
    path = write(f"vm,timestamp,{title}\na,0,0.4\na,300,0.6\n")
    assert_fractions(read_traces(path, Answers(load_column=title)), [0.4, 0.6])
