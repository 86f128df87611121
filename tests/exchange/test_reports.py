"""Small files that were once misread, each for a whole kind: what they mean, or what is asked about them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.commands.imports import import_machines
from designer.errors import ImportFileError
from designer.exchange.machines_csv import read_hosts, read_vms
from designer.exchange.questions import Answers, OpenQuestionError
from designer.exchange.traces_csv import Traces, read_traces
from designer.model.project import Project

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write text or bytes into a new file."""

    def do(content: str | bytes, name: str = "load.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return do


def percents(traces: Traces) -> list[list[float]]:
    """The traces in percent."""
    scale = 1.0 if traces.values.dtype == np.uint8 else 100.0
    return [[round(float(value) * scale, 6) for value in row] for row in traces.values]


def question(read: Callable[[], object]) -> tuple[str, ...]:
    """What is asked about a file; the sentence ends with the options that answer."""
    with pytest.raises(OpenQuestionError) as asked:
        read()
    for name in asked.value.answers:
        assert f"--{name.removesuffix('_s').replace('_', '-')}" in str(asked.value)
    return asked.value.answers


HOSTS = "name,cores,mhz,ram_gb,idle_w,max_w\nh1,4,2500,32,100,200\n"
VMS = "name,host,vcpus,ram_gb\nweb-1,h1,2,4\ndb-1,h1,2,4\n"


@pytest.mark.parametrize(("web", "db"), [("web-1", "db-1"), ("WEB-1.lab.local", "DB-1.lab.local")])
def test_that_traces_in_another_order_or_with_long_names_go_to_the_vm_of_their_name(
    write: Write, web: str, db: str
) -> None:
    rows = f"vm,timestamp,cpu_percent\n{db},0,90\n{db},300,90\n{web},0,10\n{web},300,10\n"
    hosts, vms = read_hosts(write(HOSTS, "hosts.csv")).rows, read_vms(write(VMS, "vms.csv")).rows
    traces = read_traces(write(rows))
    project = Project(KINDS, LINKS)
    import_machines(project, hosts, vms, traces)
    load = {vm.name: traces.values[vm.__dict__["trace_row"]].tolist() for vm in project.of_kind("vm")}
    assert load == {"web-1": [10, 10], "db-1": [90, 90]}


# -- the unit of time: title and size


def test_that_a_silent_title_over_milliseconds_since_1970_is_in_milliseconds(write: Write) -> None:
    traces = read_traces(write("Time,web-1\n1789324745000,41.5\n1789324760000,12\n1789324775000,15\n"))
    assert (traces.step_s, percents(traces)) == (15.0, [[41.5, 12.0, 15.0]])


SAYS_MS = "vm;Timestamp [ms];CPU usage [%]\nweb-1;1376314846;93.2\nweb-1;1376315146;42.7\nweb-1;1376315446;43.6\n"
GWA = """Timestamp [ms];\tCPU cores;\tCPU capacity provisioned [MHZ];\tCPU usage [MHZ];\tCPU usage [%];\tMemory [KB]
1376314846;\t4;\t11704;\t10912;\t93.2;\t67108864
1376315146;\t4;\t11704;\t4998;\t42.7;\t67108864
1376315446;\t4;\t11704;\t5103;\t43.6;\t67108864
"""


@pytest.mark.parametrize("text", [SAYS_MS, GWA], ids=["long", "one-machine"])
def test_that_milliseconds_that_are_seconds_by_their_size_are_asked_about(write: Write, text: str) -> None:
    path = write(text)
    assert question(lambda: read_traces(path)) == ("time_unit",)
    traces = read_traces(path, Answers(time_unit="s"))
    assert (traces.step_s, percents(traces)) == (300.0, [[93.2, 42.7, 43.6]])


@pytest.mark.parametrize(
    ("title", "moments", "step_s"),
    [
        ("time (s)", ("1376314846", "1376315146"), 300.0),
        ("timestamp_ms", ("0", "300000"), 300.0),
        ("ts", ("1376314846000000", "1376315146000000"), 300.0),
        ("epoch", ("1376314846000000000", "1376315146000000000"), 300.0),
        ("timeMs", ("0", "604800000"), 604_800.0),
    ],
)
def test_that_title_and_size_that_agree_are_taken(
    write: Write, title: str, moments: tuple[str, str], step_s: float
) -> None:
    traces = read_traces(write(f"vm,{title},cpu\nweb,{moments[0]},20\nweb,{moments[1]},30\n"))
    assert traces.step_s == pytest.approx(step_s)


@pytest.mark.parametrize(
    ("title", "moments"),
    [("seconds", ("1376314846000", "1376315146000")), ("time", ("0", "300000")), ("time [us]", ("2e9", "3e9"))],
)
def test_that_title_and_size_that_disagree_are_asked_about(write: Write, title: str, moments: tuple[str, str]) -> None:
    path = write(f"vm,{title},cpu\nweb,{moments[0]},20\nweb,{moments[1]},30\n")
    assert question(lambda: read_traces(path)) == ("time_unit",)
    assert read_traces(path, Answers(time_unit="ms")).step_s == (float(moments[1]) - float(moments[0])) / 1000


# -- the columns


def test_that_measures_side_by_side_are_one_machine(write: Write) -> None:
    traces = read_traces(write("timestamp,cpu,mem,disk\n0,10,80,99\n60,12,81,99\n120,20,81,99\n", "web-1.csv"))
    assert (traces.names, traces.named, traces.step_s) == (["web-1"], False, 60.0)
    assert percents(traces) == [[10.0, 12.0, 20.0]]
    assert "the file is one VM, its load is “cpu”; not used: mem, disk" in traces.said


@pytest.mark.parametrize("titles", ["cpu0,cpu1", "core 1,core 2", "cpu_1,cpu_2", "disk1,net1"])
def test_that_numbered_measures_are_not_taken_for_vms(write: Write, titles: str) -> None:
    path = write(f"timestamp,{titles}\n0,10,80\n60,12,81\n")
    assert question(lambda: read_traces(path)) == ("shape", "load_column")
    assert percents(read_traces(path, Answers(shape="columns"))) == [[10.0, 12.0], [80.0, 81.0]]
    last = titles.split(",")[1]
    assert percents(read_traces(path, Answers(shape="machine", load_column=last))) == [[80.0, 81.0]]


@pytest.mark.parametrize("titles", ["web-1,web-2", "vm1,vm2", "node0,node1", "1,2"])
def test_that_numbered_names_are_vms(write: Write, titles: str) -> None:
    assert read_traces(write(f"timestamp,{titles}\n0,10,80\n60,12,81\n")).names == titles.split(",")


def test_that_a_measure_beside_what_may_be_vms_is_asked_about(write: Write) -> None:
    path = write("timestamp,cpu,web-1\n0,10,80\n60,12,81\n")
    assert question(lambda: read_traces(path)) == ("shape", "load_column")
    assert read_traces(path, Answers(shape="columns")).names == ["cpu", "web-1"]
    assert percents(read_traces(path, Answers(shape="machine", load_column="web-1"))) == [[80.0, 81.0]]


def test_that_a_long_file_of_titles_written_otherwise_is_long(write: Write) -> None:
    rows = "m_1,10,41,92\nm_1,20,43,92\nm_1,30,45,92\nm_2,10,5,50\nm_2,20,6,50\nm_2,30,7,50\n"
    traces = read_traces(write("machine_id,time_stamp,cpu_util_percent,mem_util_percent\n" + rows))
    assert (traces.names, traces.step_s) == (["m_1", "m_2"], 10.0)
    assert percents(traces) == [[41.0, 43.0, 45.0], [5.0, 6.0, 7.0]]


def test_that_a_long_file_with_a_title_nobody_knows_is_asked_about(write: Write) -> None:
    path = write("machine_id,wann,last\nm_1,10,41\nm_1,20,43\nm_2,10,5\nm_2,20,6\n")
    assert question(lambda: read_traces(path)) == ("time_column", "load_column")
    traces = read_traces(path, Answers(name_column="machine_id", time_column="wann", load_column="last"))
    assert percents(traces) == [[41.0, 43.0], [5.0, 6.0]]


def test_that_a_load_in_mhz_is_no_percent(write: Write) -> None:
    path = write("vm,time,CPU usage [MHZ]\nweb,0,20\nweb,60,30\n")
    assert question(lambda: read_traces(path, Answers(shape="long"))) == ("load_column",)


def test_that_a_column_that_is_not_there_is_named(write: Write) -> None:
    with pytest.raises(ImportFileError, match=r"^load\.csv has no column “when”\.$"):
        read_traces(write("vm,time,cpu\na,0,5\n"), Answers(name_column="vm", time_column="when"))


# -- the decimal sign


def test_that_a_decimal_comma_is_read(write: Write) -> None:
    text = "Time;web-1\n2026-02-15 11:50:00;0,435\n2026-02-15 11:51:00;1,286\n2026-02-15 11:52:00;0,118\n"
    traces = read_traces(write(text))
    assert (traces.step_s, percents(traces)) == (60.0, [[0.435, 1.286, 0.118]])


def test_that_what_follows_an_open_number_is_no_part_of_it(write: Write) -> None:
    path = write("vm;0;60\nweb;20;16,384 MBNaN\n")
    assert question(lambda: read_traces(path)) == ("decimal",)


@pytest.mark.parametrize("cell", ["2.000", "2,000"])
def test_that_a_number_that_may_be_a_thousand_times_as_much_is_asked_about(write: Write, cell: str) -> None:
    path = write(f"name;cores;mhz;ram_mb\nh1;8;{cell};4096\n")
    assert question(lambda: read_hosts(path)) == ("decimal",)
    values = {read_hosts(path, Answers(decimal=sign)).rows[0]["mhz"] for sign in ("point", "comma")}  # type: ignore[arg-type]
    assert values == {2.0, 2000.0}


def test_that_another_cell_of_the_file_settles_it(write: Write) -> None:
    assert read_hosts(write("name;cores;GHz;ram_mb\nh1;8;2,45;4.096\n")).rows[0]["ram_mib"] == 4096.0
    assert read_hosts(write("name;cores;GHz;ram_mb\nh1;8;2.45;4,096\n")).rows[0]["ram_mib"] == 4096.0


def test_that_two_signs_in_one_file_are_asked_about(write: Write) -> None:
    path = write("name;cores;GHz;ram_mb\nh1;8;2.5;4096\nh2;8;2,5;4096\n")
    assert question(lambda: read_hosts(path)) == ("decimal",)


def test_that_a_decimal_comma_between_commas_is_said(write: Write) -> None:
    with pytest.raises(ImportFileError, match=r"line 2: 3 cells where the header has 2. Are there decimal commas"):
        read_traces(write("time,web-1\n0,0,435\n60,1,286\n"))


# -- gaps, jitter, noise


def test_that_marks_of_invalid_hold_the_sample_before_and_are_said_with_their_line(write: Write) -> None:
    traces = read_traces(write("vm,timestamp,cpu_percent\nweb-1,10,41\nweb-1,20,-1\nweb-1,30,101\nweb-1,40,43\n"))
    assert percents(traces) == [[41.0, 41.0, 41.0, 43.0]]
    assert traces.done == {"invalid": (2, 3)}
    assert traces.said[-1] == "2 samples marked as invalid (-1 or 101) and held from the one before (first: line 3)"


def test_that_uneven_times_get_the_usual_step_and_are_counted(write: Write) -> None:
    moments = ("11:00:00", "11:03:06", "11:05:53", "11:07:32")
    body = "".join(f"2026-07-02 {moment},{load}\n" for moment, load in zip(moments, (11, 13, 20, 32)))
    traces = read_traces(write("time,value\n" + body))
    assert (traces.step_s, percents(traces)) == (167.0, [[11.0, 13.0, 20.0, 32.0]])
    assert traces.done == {"moved": (3, 3)}


def test_that_vms_sampled_each_at_its_own_second_have_the_step_of_each(write: Write) -> None:
    rows = [f"v{vm},{300 * n + vm},{(7 * vm + n) % 90 + 5}\n" for n in range(12) for vm in range(200)]
    traces = read_traces(write("vm,time,cpu\n" + "".join(rows)))
    assert (traces.values.shape, traces.step_s, traces.done) == ((200, 12), 300.0, {})
    assert traces.values[150].tolist() == [(7 * 150 + n) % 90 + 5 for n in range(12)]


@pytest.mark.parametrize("shape", ["long", "columns", "rows"])
def test_that_jitter_and_a_gap_are_treated_alike_in_all_shapes(write: Write, shape: str) -> None:
    moments, loads = [0, 299, 601, 900, 1502, 1800], [10, 20, 30, 40, 60, 70]
    text = {
        "long": "vm,time,cpu\n" + "".join(f"a,{t},{load}\n" for t, load in zip(moments, loads)),
        "columns": "time,a\n" + "".join(f"{t},{load}\n" for t, load in zip(moments, loads)),
        "rows": f"vm,{','.join(map(str, moments))}\na,{','.join(map(str, loads))}\n",
    }[shape]
    traces = read_traces(write(text))
    assert (traces.step_s, percents(traces)) == (300.0, [[10.0, 20.0, 30.0, 40.0, 40.0, 60.0, 70.0]])
    assert traces.done["missing"][0] == 1


@pytest.mark.parametrize("noise", ["100.4", "-0.01", "", "NaN", "n/a", "-1", "101", "12.5%"])
def test_that_one_cell_of_noise_never_refuses_a_week(write: Write, noise: str) -> None:
    cells = [str(20 + n % 50) for n in range(2016)]
    cells[1000] = noise
    body = "".join(f"web,{300 * n},{cell}\n" for n, cell in enumerate(cells))
    traces = read_traces(write("vm,time,cpu\n" + body))
    value = percents(traces)[0][1000]
    assert value == {"100.4": 100.0, "-0.01": 0.0, "12.5%": 12.5}.get(noise, 20 + 999 % 50)
    assert noise == "12.5%" or [line for _, line in traces.done.values()] == [1002]


def test_that_the_hour_that_comes_twice_when_clocks_go_back_does_not_refuse(write: Write) -> None:
    hours = [f"2026-10-25 {hour:02}:{minute:02}" for hour in (0, 1, 2, 2, 3) for minute in (0, 30)]
    body = "".join(f"web,{moment},{10 * n + 5}\n" for n, moment in enumerate(hours))
    traces = read_traces(write("vm,time,cpu\n" + body))
    assert traces.step_s == 1800.0
    assert percents(traces) == [[5.0, 15.0, 25.0, 35.0, 55.0, 65.0, 85.0, 95.0]]
    assert traces.done == {"doubled": (2, 8)}


def test_that_a_vm_without_a_valid_sample_is_left_out_and_said(write: Write) -> None:
    traces = read_traces(write("vm,time,cpu\na,0,20\na,60,30\nb,0,-1\nb,60,\n"))
    assert traces.names == ["a"]
    assert "left out, having no valid sample: b" in traces.said


# -- machines


def test_that_units_in_cells_are_read(write: Write) -> None:
    text = 'name,cores,clock,memory,idle_w\nh1,16,2.4 GHz,16 GB,"0.1 kW"\nh2,16,2400 MHz,"16,384 MB",95 W\n'
    rows = read_hosts(write(text)).rows
    assert [(row["mhz"], row["ram_mib"], row["idle_w"]) for row in rows] == [(2400.0, 16384.0, 100.0),
                                                                             (2400.0, 16384.0, 95.0)]  # fmt: skip
    vms = read_vms(write("VM,CPUs,Memory,load\nweb,2,4 GiB,12.5%\n")).rows
    assert vms == [{"name": "web", "vcpus": 2, "ram_mib": 4096.0, "load_frac": 0.125}]


def test_that_memory_without_a_unit_is_asked_about(write: Write) -> None:
    path = write("VM,CPUs,Memory\nweb,2,4096\n")
    assert question(lambda: read_vms(path)) == ("memory_unit",)
    assert read_vms(path, Answers(memory_unit="MB")).rows[0]["ram_mib"] == 4096.0
    assert read_vms(write("VM,CPUs,Memory (GB)\nweb,2,4\n")).rows[0]["ram_mib"] == 4096.0


@pytest.mark.parametrize(
    ("state", "on"), [("poweredOn", True), ("Running", True), ("poweredOff", False), ("suspended", False), ("0", False)]
)
def test_that_a_power_state_is_read_in_the_words_of_its_tool(write: Write, state: str, on: bool) -> None:
    row = read_vms(write(f"VM,CPUs,RAM MB,Powerstate,Template\nweb,2,4096,{state},True\n")).rows[0]
    assert (row["powered_on"], row["template"]) == (on, True)


def test_that_a_status_of_something_else_is_no_power_state(write: Write) -> None:
    text = "Name,State,Status,CPUs,RAM MB\nweb,Powered Off,Normal,2,4096\n"
    assert read_vms(write(text)).rows == [{"name": "web", "vcpus": 2, "ram_mib": 4096.0, "powered_on": False}]
    machines = read_vms(write("Name,Status,CPUs,RAM MB\nweb,Normal,2,4096\n"))
    assert machines.rows == [{"name": "web", "vcpus": 2, "ram_mib": 4096.0}]
    assert machines.unused == ("Status",)


def test_that_a_power_state_nobody_knows_is_refused_with_its_line(write: Write) -> None:
    with pytest.raises(
        ImportFileError, match=r"^load\.csv, line 2: Powerstate is “odd”, which is neither on nor off\.$"
    ):
        read_vms(write("VM,CPUs,RAM MB,Powerstate\nweb,2,4096,odd\n"))


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\nname;host;vcpus;ram_gb\nwéb;h;2;4\n".encode("cp1252"),
        '#TYPE Selected.VM\n"name","host","vcpus","ram_gb"\n"wéb","h","2","4"\n'.encode("utf-16"),
        "\ufeffsep=\t\nname\thost\tvcpus\tram_gb\twhat\nwéb\th\t2\t4\t\n".encode(),
        "name;host;vcpus;ram_gb;\r\nwéb;h;2;4;\r\n".encode("utf-16-le"),
    ],
    ids=["excel", "powershell", "tab", "end"],
)
def test_that_what_excel_and_powershell_put_before_the_table_is_no_row(write: Write, content: bytes) -> None:
    assert read_vms(write(content)).rows == [{"name": "wéb", "host": "h", "vcpus": 2, "ram_mib": 4096.0}]


def test_that_lines_are_counted_with_those_before_the_table(write: Write) -> None:
    with pytest.raises(ImportFileError, match="line 4: cores is “x”"):
        read_hosts(write("#TYPE X\nname,cores,mhz,ram_gb\nh1,8,2500,4\nh2,x,2500,4\n"))
