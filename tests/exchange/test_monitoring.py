"""Demand from monitoring: JSON and tables of other programs, vendors' dates, and folders, attached and run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.saved.trace import unpack
from designer.commands.estates.requests import attach_requests
from designer.commands.imports import attach_traces, import_machines
from designer.errors import ImportFileError, RuleError
from designer.exchange.questions import Answers, OpenQuestionError
from designer.exchange.traces_csv import Traces, read_traces
from designer.model.element import make, new_id
from designer.model.project import Project
from designer.study.headless import run_headless


def fractions(traces: Traces) -> dict[str, list[float]]:
    whole = 100.0 if traces.values.dtype == np.uint8 else 1.0
    return {name: [round(float(one) / whole, 6) for one in row] for name, row in zip(traces.names, traces.values)}


def text(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def test_that_prometheus_is_read_with_gaps_and_names_without_ports(tmp_path: Path) -> None:
    def series(name: str, *values: tuple[float, str]) -> dict[str, Any]:
        return {"metric": {"job": "node", "instance": f"{name}:9100"}, "values": [list(one) for one in values]}

    rows = [series("web-1", (1000, "12.5"), (1060, "NaN"), (1120, "40")), series("web-2", (1060.4, "3"), (1120, "2"))]
    value = {"status": "success", "data": {"resultType": "matrix", "result": rows}}
    traces = read_traces(text(tmp_path / "range.json", value))
    assert (traces.step_s, traces.begin_s) == (60.0, 1000.0)
    assert fractions(traces) == {"web-1": [0.125, 0.125, 0.4], "web-2": [0.03, 0.03, 0.02]}
    with pytest.raises(ImportFileError, match="none of CloudWatch"):
        read_traces(text(tmp_path / "vector.json", {"data": {"resultType": "vector", "result": []}}))


def test_that_cloudwatch_is_read_as_json_and_as_the_table_of_a_graph(tmp_path: Path) -> None:
    times = ["2026-07-21T00:00:00+00:00", "2026-07-21T00:05:00+00:00"]
    results = [{"Id": f"m{n}", "Label": f"CPUUtilization i-0{n}", "Timestamps": times[::-1], "Values": [0.4, 0.2]}
               for n in (1, 2)]  # fmt: skip
    traces = read_traces(text(tmp_path / "data.json", {"MetricDataResults": results}))
    assert fractions(traces) == {"i-01": [0.002, 0.004], "i-02": [0.002, 0.004]}
    points = [{"Timestamp": time, "Average": 50.0 + n, "Unit": "Percent"} for n, time in enumerate(times)]
    one = read_traces(text(tmp_path / "web.json", {"Label": "CPUUtilization", "Datapoints": points}))
    assert fractions(one) == {"web": [0.5, 0.51]}
    graph = "Full label,CPUUtilization i-01\nId,m1\nPeriod,300\n2026/07/21 00:00:00,12\n2026/07/21 00:05:00,7.5\n"
    assert fractions(read_traces(text(tmp_path / "graph.csv", graph))) == {"i-01": [0.12, 0.075]}


def test_that_grafana_names_series_by_their_labels(tmp_path: Path) -> None:
    table = 'Time,"{instance=""a:9100"", job=""x""}",b\n2026-07-21 00:00:00,12.5%,\n2026-07-21 00:01:00,,3%\n'
    traces = read_traces(text(tmp_path / "panel.csv", table))
    assert fractions(traces) == {"a": [0.125, 0.125], "b": [0.03, 0.03]}


@pytest.mark.parametrize(
    ("times", "order"),
    [
        (("12:00 AM 21 July 2026", "12:05 AM 21 July 2026"), None),
        (("04.11.2015 22:29:20", "04.11.2015 22:34:20"), None),
        (("7/21/2026 0:00", "7/21/2026 0:05"), None),
        (("7/8/2026 0:00", "7/8/2026 0:05"), "month"),
    ],
)
def test_that_dates_of_vendors_are_read_and_an_open_order_is_asked(
    tmp_path: Path, times: tuple[str, str], order: Any
) -> None:
    path = text(tmp_path / "web.csv", f"Time,CPU Usage (%)\n{times[0]},10\n{times[1]},20\n")
    if order:
        with pytest.raises(OpenQuestionError, match="the day or the month may come first") as asked:
            read_traces(path)
        assert asked.value.answers == ("date_order",)
    traces = read_traces(path, Answers(date_order=order))
    assert (traces.step_s, traces.values.tolist()) == (300.0, [[10, 20]])
    begins = {"04.11.2015 22:29:20": 1446676160.0, "7/8/2026 0:00": 1783468800.0}  # 4 November; 8 July
    assert traces.begin_s == begins.get(times[0], 1784592000.0)  # 21 July


def test_that_public_traces_without_a_header_are_known_by_their_form(tmp_path: Path) -> None:
    azure = "".join(f"{300 * n},vm{k}/Aq,0.1,50,{10.5 * k}\n" for n in range(2) for k in (1, 2))
    assert fractions(read_traces(text(tmp_path / "readings.csv", azure))) == {
        "vm1/Aq": [0.105, 0.105], "vm2/Aq": [0.21, 0.21]
    }  # fmt: skip
    alibaba = "m_1,0,20,60,,,1,2,3\nm_1,10,-1,60,,,1,2,3\nm_1,20,40,60,,,1,2,3\n"
    traces = read_traces(text(tmp_path / "usage.csv", alibaba))
    assert (fractions(traces), traces.step_s) == ({"m_1": [0.2, 0.2, 0.4]}, 10.0)


def machines(count: int) -> Project:
    project = Project(KINDS, LINKS)
    hosts = [{"name": f"h{n}", "cores": 64, "mhz": 2600.0, "ram_mib": 1_048_576.0} for n in range(-(-count // 16))]
    import_machines(project, hosts, [{"name": f"vm-{n}", "vcpus": 4, "ram_mib": 65_536.0, "mhz": 2500.0}
                                     for n in range(1, count + 1)])  # fmt: skip
    return project


def test_that_mhz_and_percents_of_a_core_are_told_by_the_size_of_each_vm(tmp_path: Path) -> None:
    path = text(tmp_path / "t.csv", "time,vm-1,vm-2\n0,2500,0\n60,5000,20000\n")
    project = machines(2)
    vms = [vm.id for vm in project.of_kind("vm")]
    attached = attach_traces(project, vms, read_traces(path, Answers(cells="mhz")))
    (trace,) = project.of_kind("trace")
    assert unpack(trace).tolist() == [[0.25, 0.5], [0.0, 1.0]]
    assert "1 samples are more than their VM has" in attached.sentence
    other = read_traces(
        text(tmp_path / "c.csv", "time,vm-1,vm-2\n0,100,0\n60,400,200\n"), Answers(cells="core_percent")
    )
    attach_traces(project, vms, other)
    assert unpack(project.of_kind("trace")[-1]).tolist() == [[0.25, 1.0], [0.0, 0.5]]


HEAD = ("Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\tMemory "
        "capacity provisioned [KB];\tMemory usage [KB];\tDisk read throughput [KB/s];\tDisk write throughput "
        "[KB/s];\tNetwork received throughput [KB/s];\tNetwork transmitted throughput [KB/s]\n")  # fmt: skip


def gwa(folder: Path, name: int, begin: int, loads: list[float]) -> None:
    ram = f"6.7108864E7;\t{6.7108864e7 / 4}"
    rows = [f"{1376314846 + 300 * (begin + n)};\t4;\t11703.99;\t1;\t{load!r};\t{ram};\t0;\t0;\t0;\t0"
            for n, load in enumerate(loads)]  # fmt: skip
    text(folder / f"{name}.csv", HEAD + "\n".join(rows))


def test_that_a_folder_in_the_form_of_gwa_is_one_trace_with_memory_that_runs(tmp_path: Path) -> None:
    folder = tmp_path / "fast"
    folder.mkdir()
    for name in range(1, 13):
        gwa(folder, name, 0 if name != 2 else 1, [10.0 * (name % 9), 93.2333, 50.0][: 2 if name == 2 else 3])
    told: list[float] = []
    traces = read_traces(folder, going=told.append)
    assert (traces.names, traces.step_s, traces.begin_s) == ([str(n) for n in range(1, 13)], 300.0, 1376314846.0)
    assert fractions(traces)["1"] == [0.1, 0.932333, 0.5]
    assert fractions(traces)["2"] == [0.2, 0.2, 0.932333]  # begins a step later: held
    assert told == sorted(told)
    assert len(told) == 12
    project = machines(12)
    attach_traces(project, [vm.id for vm in project.of_kind("vm")], traces)
    cpu, ram = project.of_kind("trace")
    assert set(unpack(ram).ravel().tolist()) == {0.25}
    vm = next(vm for vm in project.of_kind("vm") if vm.name == "vm-7")
    assert (vm.demand, vm.trace, vm.trace_row, vm.memory_trace, vm.memory_use) == ("trace", cpu.id, 6, ram.id, "trace")
    assert run_headless(project, until_s=900.0).result.used[-1].max() > 0


def test_that_what_is_told_of_json_names_its_series(tmp_path: Path) -> None:
    def of(name: str, *values: str) -> dict[str, object]:
        return {"metric": {"instance": name}, "values": [[60 * n, value] for n, value in enumerate(values)]}

    def answer(*series: dict[str, object]) -> dict[str, object]:
        return {"data": {"resultType": "matrix", "result": list(series)}}

    path = text(tmp_path / "load.json", answer(of("a", "10", "20"), of("b", "-1", "30")))
    invalid = "1 sample marked as invalid (-1 or 101) and held from the one before (first: {0}series 2)"
    assert invalid.format("") in read_traces(path).said
    assert invalid.format("load.json, ") in read_traces(tmp_path).said
    with pytest.raises(ImportFileError, match=r"load\.json, series 2: a load is -5"):
        read_traces(text(path, answer(of("a", "10"), of("b", "-5"))))


def test_that_a_folder_of_gwa_keeps_to_the_rules_of_a_file(tmp_path: Path) -> None:
    bad = {2: -1.0, 3: 101.0, 4: 104.0, 5: 180.0}
    gwa(tmp_path, 1, 0, [10.0, 20.0, *(bad[n] for n in (2, 3, 4, 5))])
    gwa(tmp_path, 2, 0, [-1.0, -1.0])
    (tmp_path / "3.csv").write_text((tmp_path / "1.csv").read_text().replace("20.0", ""))
    traces = read_traces(tmp_path)
    assert fractions(traces) == {"1": [0.1, 0.2, 0.2, 0.2, 1.0, 1.0], "3": [0.1, 0.1, 0.1, 0.1, 1.0, 1.0]}
    assert traces.said[3:-1] == [
        "left out, having no valid sample: 2",
        "6 samples marked as invalid (-1 or 101) and held from the one before (first: 1.csv, line 4)",
        "1 sample empty and held from the one before (first: 3.csv, line 3)",
        "2 samples a little above full load, taken as full (first: 1.csv, line 6)",
        "2 samples far above full load, taken as full (first: 1.csv, line 7)",
    ]
    gwa(tmp_path, 3, 0, [10.0, -7.0])
    with pytest.raises(ImportFileError, match=r"3\.csv, line 3: a load is -7; a load cannot be negative"):
        read_traces(tmp_path)


def test_that_each_file_of_a_folder_keeps_its_own_second(tmp_path: Path) -> None:
    for name, begin in (("a", 0), ("b", 29), ("c", 31), ("d", 50)):
        rows = "".join(f"{begin + 60 * n + n % 2},{10 * n}\n" for n in range(5))
        text(tmp_path / f"{name}.csv", "time,cpu (%)\n" + rows)
    traces = read_traces(tmp_path)
    assert fractions(traces) == {name: [0.0, 0.1, 0.2, 0.3, 0.4] for name in "abcd"}
    assert not any("held" in sentence or "already" in sentence for sentence in traces.said)


def test_that_what_was_done_to_the_files_of_a_folder_is_told_with_file_and_line(tmp_path: Path) -> None:
    text(tmp_path / "a.csv", "time,cpu (%)\n0,10\n60,-1\n240,20\n")
    text(tmp_path / "b.csv", "time,cpu (%)\n0,-1\n60,-1\n")
    text(tmp_path / "c.csv", "time,cpu (%)\n0,10\n60,102\n")
    traces = read_traces(tmp_path)
    assert fractions(traces) == {"a": [0.1, 0.1, 0.1, 0.1, 0.2], "c": [0.1, 1.0, 1.0, 1.0, 1.0]}
    assert traces.said[2:] == [
        "left out, having no valid sample: b.csv",
        "1 sample marked as invalid (-1 or 101) and held from the one before (first: a.csv, line 3)",
        "5 samples empty and held from the one before (first: a.csv, line 3)",
        "1 sample a little above full load, taken as full (first: c.csv, line 3)",
    ]


def test_that_a_folder_of_other_files_is_put_on_one_grid_or_refused_in_a_sentence(tmp_path: Path) -> None:
    for name, begin in (("a", 0), ("b", 60)):
        text(tmp_path / f"{name}.csv", f"time,cpu (%)\n{begin},10\n{begin + 60},20\n")
    assert fractions(read_traces(tmp_path)) == {"a": [0.1, 0.2, 0.2], "b": [0.1, 0.1, 0.2]}
    text(tmp_path / "c.csv", "time,cpu (%)\n0,10\n10,20\n")
    with pytest.raises(ImportFileError, match=r"different steps\. Answer with --step"):
        read_traces(tmp_path)
    assert fractions(read_traces(tmp_path, Answers(step_s=60.0)))["a"] == [0.1, 0.2, 0.2]
    (tmp_path / "none").mkdir()
    with pytest.raises(ImportFileError, match="holds no file of traces"):
        read_traces(tmp_path / "none")
    (tmp_path / "bad").mkdir()
    text(tmp_path / "bad" / "1.csv", HEAD + "12;\t-3\n")
    with pytest.raises(ImportFileError, match="not of the form of GWA-T-12"):
        read_traces(tmp_path / "bad")


def test_that_requests_become_the_demand_of_services_that_run(tmp_path: Path) -> None:
    project = Project(KINDS, LINKS)
    with project.edit("services"):
        table = KINDS["service"].table
        shop, api = (project.add(make(table, {"id": new_id(), "name": name})) for name in ("shop", "api"))
    points = [
        {"Timestamp": f"2026-07-21T00:0{n}:00Z", "Sum": 60.0 * n, "Average": 1.0, "Unit": "Count"} for n in (1, 3, 2)
    ]
    traces = read_traces(text(tmp_path / "elb.json", {"Label": "RequestCount", "Datapoints": points}))
    assert (traces.scale, traces.values.tolist(), traces.step_s) == ("rps", [[1.0, 2.0, 3.0]], 60.0)
    assert attach_requests(project, [shop], traces).sentence == "1 service has the requests of elb.json, in row order."
    assert project.elements[shop].trace_peak_rps == 3.0  # type: ignore[attr-defined]
    long = text(tmp_path / "gw.csv", "service,time,requests (req/s)\nAPI,0,20\nAPI,60,50\nold,0,1\nold,60,2\n")
    said = attach_requests(project, [shop, api], read_traces(long)).sentence
    assert said.startswith("1 service has the requests of gw.csv, by name.")
    assert said.endswith("Services without a trace keep their own load: shop. Traces without a service: old.")
    run = run_headless(project, until_s=180.0).result
    assert run.asked_rps.T.tolist() == [[2.0], [30.0]]  # means of the three minutes
    columns = text(tmp_path / "rates.csv", "time,shop,api\n0,600,1200\n60,60,0\n")
    assert read_traces(columns, Answers(cells="requests")).values.tolist() == [[10.0, 1.0], [20.0, 0.0]]
    with pytest.raises(RuleError, match="no service for the requests"):
        attach_requests(project, [], traces)


def test_that_reading_tells_how_far_it_is_and_ends_where_it_is_asked_to(tmp_path: Path) -> None:
    rows = "".join(f"{60 * n},{n % 100}\n" for n in range(3000))
    heard: list[float] = []

    def going(part: float) -> None:
        heard.append(part)
        if len(heard) == 4:
            raise ImportFileError("enough")

    with pytest.raises(ImportFileError, match="enough"):
        read_traces(text(tmp_path / "web.csv", "time,cpu (%)\n" + rows), going=going)
    assert heard[0] == 0.0
    assert all(0 <= part <= 1 for part in heard)
