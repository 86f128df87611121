"""Hosts and VMs read from CSV files: columns by their usual names, units, and errors that name the line."""

from __future__ import annotations

import csv
import gzip
import io
import lzma
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.errors import ImportFileError
from designer.exchange.machines_csv import HOST_COLUMNS, VM_COLUMNS, Machines, read_hosts, read_vms
from designer.exchange.questions import Answers

Write = Callable[..., Path]
Read = Callable[[Path], Machines]

HOSTS = "name,cores,mhz,ram_mib\nh1,16,2500,65536\n"
VMS = "name,host,vcpus,ram_mib\nweb,h1,2,4096\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write text or bytes into a new file."""

    def do(content: str | bytes, name: str = "fleet.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return do


def refusal(read: Read, path: Path) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(ImportFileError) as refused:
        read(path)
    return str(refused.value)


# -- columns


def test_that_a_host_has_the_fields_of_its_columns(write: Write) -> None:
    text = (
        "host_id,cores,threads_per_core,mhz_per_core,ram_mib,idle_w,max_w,power_points_w,rack,sharing\n"
        'h1,16,2,2500,65536,93.5,135,"90,100,110",r1,max_min\n'
    )
    assert read_hosts(write(text)).rows == [
        {
            "name": "h1",
            "cores": 16,
            "threads_per_core": 2,
            "mhz": 2500.0,
            "ram_mib": 65536.0,
            "idle_w": 93.5,
            "full_w": 135.0,
            "power_points_w": "90,100,110",
            "rack": "r1",
            "sharing": "max_min",
        }
    ]


def test_that_a_vm_has_the_fields_of_its_columns(write: Write) -> None:
    text = "vm_id,host_id,vcpus,mhz,ram_mib,shares,trace_row,trace_shift,load_frac\nweb,h1,2,2000,4096,500,7,3,0.25\n"
    assert read_vms(write(text)).rows == [
        {
            "name": "web",
            "host": "h1",
            "vcpus": 2,
            "mhz": 2000.0,
            "ram_mib": 4096.0,
            "shares": 500.0,
            "trace_row": 7,
            "trace_shift": 3,
            "load_frac": 0.25,
        }
    ]


@pytest.mark.parametrize(
    ("field", "title"), [(f, t) for f, c in HOST_COLUMNS.items() for t, factor in c.names.items() if factor]
)
def test_that_each_synonym_fills_its_field_of_a_host(write: Write, field: str, title: str) -> None:
    needed = {"cores": "16", "mhz": "2500", "ram_mib": "65536"}
    needed.pop(field, None)
    path = write(f"{title},{','.join(needed)}\n1,{','.join(needed.values())}\n")
    found = read_hosts(path).rows[0]
    column = HOST_COLUMNS[field]
    assert found.pop(field) == ("1" if column.text else column.names[title])
    assert found == {name: float(value) for name, value in needed.items()}


@pytest.mark.parametrize(
    ("field", "title"), [(f, t) for f, c in VM_COLUMNS.items() for t, factor in c.names.items() if factor]
)
def test_that_each_synonym_fills_its_field_of_a_vm(write: Write, field: str, title: str) -> None:
    needed = {"vcpus": "16", "ram_mib": "65536"}
    needed.pop(field, None)
    path = write(f"{title},{','.join(needed)}\n1,{','.join(needed.values())}\n")
    found = read_vms(path).rows[0]
    column = VM_COLUMNS[field]
    assert found.pop(field) == ("1" if column.text else column.names[title])
    assert found == {name: float(value) for name, value in needed.items()}


@pytest.mark.parametrize(
    ("title", "written", "ram_mib"),
    [
        ("ram_gb", "64", 65536.0),
        ("memory_gib", "0.5", 512.0),
        ("RAM GiB", "1.5", 1536.0),
        ("Memory-MB", "4096", 4096.0),
        ("memory_mib", "1e3", 1000.0),
    ],
)
def test_that_memory_is_read_in_the_unit_of_its_column(write: Write, title: str, written: str, ram_mib: float) -> None:
    assert read_hosts(write(f"name,cores,mhz,{title}\nh1,16,2500,{written}\n")).rows[0]["ram_mib"] == ram_mib


def test_that_gigahertz_become_megahertz(write: Write) -> None:
    assert read_hosts(write("name,cores,GHz,ram_gb\nh1,16,2.5,64\n")).rows[0]["mhz"] == 2500.0
    assert read_vms(write("name,vcpus,GHz,ram_gb\nweb,1,1.2,4\n")).rows[0]["mhz"] == 1200.0


@pytest.mark.parametrize(("title", "written"), [("load", "0.25"), ("load_percent", "25"), ("CPU percent", "25.0")])
def test_that_a_load_is_kept_as_a_fraction(write: Write, title: str, written: str) -> None:
    assert read_vms(write(f"name,vcpus,ram_gb,{title}\nweb,1,4,{written}\n")).rows[0]["load_frac"] == 0.25


def test_that_whole_numbers_are_whole_and_others_not(write: Write) -> None:
    row = read_hosts(write("name,cores,mhz,ram_mib\nh1,16.0,2500,65536\n")).rows[0]
    assert {key: type(value) for key, value in row.items()} == {
        "name": str,
        "cores": int,
        "mhz": float,
        "ram_mib": float,
    }


def test_that_an_empty_cell_leaves_the_field_to_its_default(write: Write) -> None:
    assert read_hosts(write("name,cores,mhz,ram_mib,rack,idle_w\n,16,2500,65536, ,\n")).rows == [
        {"cores": 16, "mhz": 2500.0, "ram_mib": 65536.0}
    ]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 4, 0, 3, 1)])
def test_that_of_two_columns_for_a_field_the_surer_counts_in_any_order(write: Write, order: Sequence[int]) -> None:
    def shuffled(*cells: str) -> str:
        return ",".join(cells[n] for n in order) + "\n"

    text = shuffled("vm_id", "name", "vcpus", "cores", "ram_mib") + shuffled("vm-7", "shop", "2", "1", "4096")
    machines = read_vms(write(text))
    assert machines.rows == [{"name": "vm-7", "vcpus": 2, "ram_mib": 4096.0}]
    assert set(machines.said.partition("not used: ")[2].split(", ")) == {"name", "cores"}


def test_that_a_vms_own_name_is_not_its_hosts(write: Write) -> None:
    assert read_vms(write("host,vcpus,ram_gb,name\nh1,2,4,web\n")).rows[0] == {
        "name": "web",
        "host": "h1",
        "vcpus": 2,
        "ram_mib": 4096.0,
    }


def test_that_what_was_understood_and_what_not_is_said(write: Write) -> None:
    said = read_hosts(write("Name,Cores,GHz,RAM GB,Owner,Serial No\nh1,16,2.5,64,me,1\nh2,16,2.5,64,me,2\n")).said
    assert said == "2 hosts with Name, Cores, GHz, RAM GB; not used: Owner, Serial No"
    assert read_vms(write("name,vcpus,ram_gb\nweb,2,4\n")).said == "1 VM with name, vcpus, ram_gb"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("fleet.csv", b"\xef\xbb\xbf" + HOSTS.encode()),
        ("fleet.csv", HOSTS.replace(",", ";").encode()),
        ("fleet.tsv", HOSTS.replace(",", "\t").encode()),
        ("fleet.csv", HOSTS.replace("\n", "\r\n").encode()),
        ("fleet.csv.gz", gzip.compress(HOSTS.encode())),
        ("fleet.csv.xz", lzma.compress(HOSTS.encode())),
    ],
    ids=["mark", "semicolon", "tab", "crlf", "gz", "xz"],
)
def test_that_packing_separators_and_marks_change_nothing(write: Write, name: str, content: bytes) -> None:
    assert read_hosts(write(content, name)).rows == [{"name": "h1", "cores": 16, "mhz": 2500.0, "ram_mib": 65536.0}]


# -- what is refused


@pytest.mark.parametrize(
    ("header", "what", "names"),
    [
        ("name,mhz,ram_mib", "cores", "cores, cpus, physicalcores, #cores"),
        ("name,cores,ram_mib", "mhz", "mipspercore, mhzpercore, mhz, mips, ghz, speed, clock"),
        (
            "name,cores,mhz",
            "ram",
            "rammib, rammb, memorymb, memorymib, ramgib, ramgb, memorygb, memorygib, ram, memory, mem",
        ),
    ],
)
def test_that_a_missing_column_of_hosts_is_named_with_what_it_may_be_called(
    write: Write, header: str, what: str, names: str
) -> None:
    assert refusal(read_hosts, write(f"{header}\n1,2,3\n")) == (
        f"fleet.csv has no column for {what} of its hosts; its header should have one of: {names}."
    )


def test_that_a_missing_column_of_vms_is_named_with_what_it_may_be_called(write: Write) -> None:
    assert refusal(read_vms, write("name,ram_mib\nweb,4096\n")) == (
        "fleet.csv has no column for vcpus of its VMs; its header should have one of: vcpus, vcpu, cpus, cores, "
        "numcpu, cpucount."
    )


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("h2,x,2500,65536", "cores is “x”, which is not a number."),
        ("h2,,2500,65536", "cores is “”, which is not a number."),
        ("h2,16,2500," + "9" * 50 + "x", f"ram_mib is “{'9' * 40}”, which is not a number."),
        ("h2,0,2500,65536", "cores is 0; it must be at least 1."),
        ("h2,-4,2500,65536", "cores is -4; it must be at least 1."),
        ("h2,1.5,2500,65536", "cores is 1.5; it must be a whole number."),
        ("h2,16,0,65536", "mhz is 0; it must be above 0."),
        ("h2,16,2500,-1", "ram_mib is -1; it must be above 0."),
        ("h2,nan,2500,65536", "cores is “nan”, which is not a number."),
        ("h2,16,inf,65536", "mhz is “inf”, which is not a number."),
        ("h2,1_6,2500,65536", "cores is “1_6”, which is not a number."),
        ("h2,١٦,2500,65536", "cores is “١٦”, which is not a number."),
        ("H1,16,2500,65536", "host H1 is already in line 2."),
        ("h2,16,2500,1e999", "ram_mib is 1e999; it must be a finite number."),
        ("h2,16,2500", "3 cells where the header has 4."),
        (
            "h2,16,2500,65536,1",
            "5 cells where the header has 4. Are there decimal commas? Then save it with semicolons between cells.",
        ),
    ],
)
def test_that_a_wrong_row_is_told_with_its_line(write: Write, row: str, sentence: str) -> None:
    assert refusal(read_hosts, write(f"{HOSTS}\n{row}\n")) == f"fleet.csv, line 4: {sentence}"


@pytest.mark.parametrize(
    ("title", "written", "sentence"),
    [
        ("trace_row", "-1", "trace_row is -1; it must not be negative."),
        ("trace_row", "2.5", "trace_row is 2.5; it must be a whole number."),
        ("load", "-0.1", "load is -0.1; it must not be negative."),
        ("load", "1.5", "load is 1.5; it must be at most 1."),
        ("load_percent", "101", "load_percent is 101; it must be at most 100."),
        ("shares", "0", "shares is 0; it must be above 0."),
    ],
)
def test_that_a_wrong_optional_cell_is_told_with_its_line(
    write: Write, title: str, written: str, sentence: str
) -> None:
    path = write(f"name,vcpus,ram_gb,{title}\nweb,1,4,\ndb,1,4,{written}\n")
    assert refusal(read_vms, path) == f"fleet.csv, line 3: {sentence}"


@pytest.mark.parametrize(("read", "what"), [(read_hosts, "hosts"), (read_vms, "VMs")])
def test_that_a_header_alone_is_refused(write: Write, read: Read, what: str) -> None:
    text = {"hosts": HOSTS, "VMs": VMS}[what].partition("\n")[0]
    assert refusal(read, write(text + "\n")) == f"fleet.csv has a header but no {what} under it."


@pytest.mark.parametrize("read", [read_hosts, read_vms])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "fleet.csv is empty."),
        (b",,\n", "fleet.csv is empty."),
        (b"name,cor\x81s\n", "fleet.csv is text in neither UTF-8, UTF-16 nor Windows-1252; save it as CSV in UTF-8."),
        (b"name\0,cores\n", "fleet.csv is not text (byte 4); save it as CSV."),
    ],
)
def test_that_a_file_that_is_no_table_is_refused(write: Write, read: Read, content: bytes, sentence: str) -> None:
    assert refusal(read, write(content)) == sentence


# -- round trips


POSITIVE = st.floats(1e-3, 1e6)
NAME = st.text(st.characters(codec="utf-8", categories=("L", "Nd", "P")), min_size=1, max_size=10)
HOST = st.fixed_dictionaries(
    {"name": NAME, "cores": st.integers(1, 4096), "mhz": POSITIVE, "ram_mib": POSITIVE},
    optional={"threads_per_core": st.integers(1, 8), "idle_w": POSITIVE, "full_w": POSITIVE, "rack": NAME},
)
VM = st.fixed_dictionaries(
    {"name": NAME, "vcpus": st.integers(1, 64), "ram_mib": POSITIVE},
    optional={"host": NAME, "mhz": POSITIVE, "trace_row": st.integers(0, 10**6), "load_frac": st.floats(0, 1)},
)


def written(columns: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], separator: str) -> bytes:
    """Rows as a CSV file with the fields' own names, numbers with all their digits."""
    text = io.StringIO()
    fields = [field for field in columns if any(field in row for row in rows)]
    writer = csv.DictWriter(text, fields, restval="", delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(HOST, min_size=1, max_size=6, unique_by=lambda row: row["name"].casefold()),
    separator=st.sampled_from(",;\t|"),
)
def test_that_hosts_that_were_written_are_read(tmp_path: Path, rows: list[dict[str, Any]], separator: str) -> None:
    path = tmp_path / "hosts.csv"
    path.write_bytes(written({**HOST_COLUMNS, "full_w": 0}, rows, separator))
    assert read_hosts(path, Answers(decimal="point")).rows == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(VM, min_size=1, max_size=6), separator=st.sampled_from(",;\t|"))
def test_that_vms_that_were_written_are_read(tmp_path: Path, rows: list[dict[str, Any]], separator: str) -> None:
    path = tmp_path / "vms.csv.gz"
    path.write_bytes(gzip.compress(written(VM_COLUMNS, rows, separator)))
    assert read_vms(path, Answers(decimal="point")).rows == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text('0123456789.,-e\nnaif "x', max_size=60))
def test_that_any_rows_are_read_or_refused_with_the_files_name(tmp_path: Path, body: str) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text("name,cores,mhz,ram_gb\n" + body, "utf-8")
    try:
        rows = read_hosts(path).rows
    except ImportFileError as error:
        assert str(error).startswith("fleet.csv")
        assert str(error).endswith(".")
    else:
        assert rows
        assert all(row["cores"] >= 1 and row["mhz"] > 0 and row["ram_mib"] > 0 for row in rows)


@pytest.mark.parametrize(
    ("title", "written", "mhz"),
    [
        ("speed", "2400", 2400.0),
        ("speed", "2.4", 2400.0),
        ("clock", "3.1", 3100.0),
        ("clock", "1,600 MHz", 1600.0),
        ("Clock (GHz)", "2.4", 2400.0),
    ],
)
def test_that_a_clock_without_a_unit_is_read_by_its_size(write: Write, title: str, written: str, mhz: float) -> None:
    path = write(f'name,cores,{title},ram_gb\nh1,8,"{written}",64\n')
    assert read_hosts(path).rows[0]["mhz"] == pytest.approx(mhz)


@pytest.mark.parametrize(
    ("title", "written", "sentence"),
    [
        ("speed", "24", "speed is “24” without a unit; name it in the title, like “speed (GHz)”."),
        ("ghz", "2400", "ghz is 2400; no core has more than 100 GHz."),
        ("Clock (GHz)", "2400", "Clock (GHz) is 2400; no core has more than 100 GHz."),
    ],
)
def test_that_a_clock_that_no_core_has_is_refused(write: Write, title: str, written: str, sentence: str) -> None:
    path = write(f"name,cores,{title},ram_gb\nh1,8,{written},64\n")
    assert refusal(read_hosts, path) == f"{path.name}, line 2: {sentence}"


@pytest.mark.parametrize("title", ["VMHost", "ESX Host", "esxi_host", "Host"])
def test_that_a_vm_stands_on_the_host_that_its_list_names(write: Write, title: str) -> None:
    path = write(f"#TYPE VMware.VimAutomation\nName,{title},NumCpu,MemoryGB\nweb,esx-1,2,4\n")
    assert read_vms(path).rows[0]["host"] == "esx-1"
