"""Files that would take the machine down: read in blocks, judged before anything large is made, and refused."""

from __future__ import annotations

import gzip
import lzma
import os
import resource
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from designer.errors import ImportFileError
from designer.exchange import csv_table, grid, text_file
from designer.exchange.machines_csv import read_hosts, read_vms
from designer.exchange.questions import Answers, OpenQuestionError
from designer.exchange.traces_csv import read_traces

MIB = 2**20
BUDGET = 60 * MIB
"""Most bytes of Python's and numpy's memory that a refused file takes."""
READERS = [read_hosts, read_vms, read_traces]


@contextmanager
def within(budget: int) -> Iterator[None]:
    """Work that takes no more memory than a budget."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < budget
    finally:
        tracemalloc.stop()


def refusal(read: Callable[[Path], object], path: Path, budget: int = BUDGET) -> str:
    """The sentence with which a file is refused, within a budget of memory."""
    with within(budget), pytest.raises(ImportFileError) as refused:
        read(path)
    assert str(refused.value).startswith(path.name)
    return str(refused.value)


def bomb(path: Path, mib: int, text: bytes = b"0," * (MIB // 2)) -> Path:
    """A packed file of many times the same."""
    with lzma.open(path, "wb", preset=1) if path.suffix == ".xz" else gzip.open(path, "wb", 1) as out:
        for _ in range(mib):
            out.write(text)
    return path


@pytest.mark.parametrize("name", ["load.csv.gz", "load.csv.xz"])
@pytest.mark.parametrize("read", READERS)
def test_that_a_file_that_unpacks_to_far_more_is_refused_early(
    tmp_path: Path, name: str, read: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_file, "RATIO_FROM", MIB)
    path = bomb(tmp_path / name, 4)
    assert refusal(read, path) == (
        f"{name} unpacks to more than 100 times its size. If it is genuine, unpack it first."
    )


def test_that_more_than_the_limit_is_not_read_whatever_the_ratio(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_file, "LARGEST", 2 * MIB)
    path = tmp_path / "load.csv.gz"
    path.write_bytes(gzip.compress(os.urandom(3 * MIB), 1))
    assert "larger than 2 MiB unpacked; split it." in refusal(read_traces, path) or "is not text" in refusal(
        read_traces, path
    )
    plain = tmp_path / "load.csv"
    plain.write_bytes(b"12,13\n" * (MIB // 2))
    assert refusal(read_traces, plain) == "load.csv is larger than 2 MiB unpacked; split it."


def test_that_an_xz_file_that_wants_a_huge_dictionary_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**29, "preset": 0}]
    path = tmp_path / "load.csv.xz"
    try:
        path.write_bytes(lzma.compress(b"10,20\n", filters=filters))
    except MemoryError:
        pytest.skip("this machine cannot make such a file")
    assert "cannot be read: memory usage limit exceeded." in refusal(read_traces, path).lower()


@pytest.mark.parametrize("read", READERS)
def test_that_a_device_and_a_pipe_are_refused_without_waiting(tmp_path: Path, read: Callable[[Path], object]) -> None:
    pipe = tmp_path / "load.csv"
    os.mkfifo(pipe)
    assert "it is a folder, a device or a pipe" in refusal(read, pipe)
    link = tmp_path / "zero.csv"
    link.symlink_to("/dev/zero")
    assert "it is a folder, a device or a pipe" in refusal(read, link)


@pytest.mark.parametrize("mark", [b"x" * MIB, b"1," * (MIB // 2), b'"' + b"x\n" * (MIB // 2)])
def test_that_a_line_without_end_is_refused(tmp_path: Path, mark: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "LONGEST_LINE", MIB)
    path = tmp_path / "load.csv"
    path.write_bytes(mark * 3)
    assert "is no table" in (said := refusal(read_traces, path)) or "is not a CSV file" in said


# -- the number of samples, from first, last and step


@pytest.mark.parametrize(
    "moments",
    [
        ("0", "1", "190000000"),
        ("0", "60", "1e12"),
        ("0", "1e-6", "1"),
        ("0", "60", "120", "1789324745"),
        ("-1e14", "0", "60", "120"),
        ("2026-01-01 00:00", "2026-01-01 00:01", "9999-01-01 00:00"),
    ],
)
@pytest.mark.parametrize("shape", ["long", "columns"])
def test_that_a_few_bytes_never_make_many_samples(tmp_path: Path, moments: tuple[str, ...], shape: str) -> None:
    path = tmp_path / "load.csv"
    head = "vm,time,cpu\n" if shape == "long" else "time,a\n"
    path.write_text(head + "".join(f"{'a,' if shape == 'long' else ''}{moment},20\n" for moment in moments))
    unit = "s" if moments[-1] != "190000000" else None
    sentence = refusal(lambda file: read_traces(file, Answers(time_unit=unit)), path)  # type: ignore[arg-type]
    assert "nearly all of" in sentence
    assert sentence.endswith("Answer with --step.")


def test_that_a_tiny_step_that_is_given_is_judged_too(tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text("vm,time,cpu\na,0,20\na,300,30\na,600,40\n")
    with pytest.raises(OpenQuestionError):
        read_traces(path, Answers(step_s=1e-6))


def test_that_more_cells_than_the_most_are_refused_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.exchange.traces_csv.MOST_CELLS", 1000)
    path = tmp_path / "load.csv"
    path.write_text("10,20,30,40\n" * 400)
    assert "are more than 1,000; split it." in refusal(read_traces, path)
    monkeypatch.setattr(grid, "MOST_CELLS", 1000)
    rows = [f"v{vm},{60 * n},20\n" for vm in range(60) for n in (0, 1, 2, 17)]
    path.write_text("vm,time,cpu\n" + "".join(rows))
    assert "60 x 18 samples are more than 1,000; split it." in refusal(read_traces, path)


# -- machines


def test_that_more_machines_than_a_design_holds_are_refused_at_the_first_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.exchange.machines_csv.MOST_ROWS", 100)
    path = tmp_path / "hosts.csv"
    path.write_text("name,cores,mhz,ram_gb\n" + "".join(f"h{n},8,2500,64\n" for n in range(10_000)))
    assert refusal(read_hosts, path) == "hosts.csv, line 102: a design holds at most 100 elements; split the file."


@pytest.mark.parametrize(
    "cell", ["1_0", "１０", "١٠", "0x10", "1e", "++1", "1 0", "1,0,0", "½", "10\N{ZERO WIDTH SPACE}"]
)
@pytest.mark.parametrize("quoted", [False, True])
def test_that_what_only_looks_like_a_number_is_refused(tmp_path: Path, cell: str, quoted: bool) -> None:
    path = tmp_path / "hosts.csv"
    path.write_text(f'name,cores,mhz,ram_gb\nh1,"{cell}",2500,64\n' if quoted or "," in cell else
                    f"name,cores,mhz,ram_gb\nh1,{cell},2500,64\n")  # fmt: skip
    assert refusal(read_hosts, path).startswith("hosts.csv, line 2: cores is “")
    path.write_text(f'vm,0,60\nweb,20,"{cell}"\n')
    assert "is not a number" in refusal(read_traces, path)


def test_that_names_of_control_characters_stay_in_sentences_of_one_line(tmp_path: Path) -> None:
    path = tmp_path / "hosts.csv"
    path.write_text('name,cores,mhz,ram_gb\n"a\nb",8,2500,64\n"A\nB",8,2500,64\n')
    assert "is already in line 2." in refusal(read_hosts, path)


def test_that_refusing_takes_little_memory_in_all(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = bomb(tmp_path / "load.csv.gz", 128)
    with pytest.raises(ImportFileError):
        read_traces(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


HEAD = b"name,cores,mhz,ram_gb\n"
NEIGHBORS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "packed twice": ("a.csv.gz", lambda: gzip.compress(gzip.compress(bytes(10 * MIB)))),
    "zeros packed": ("a.csv.gz", lambda: gzip.compress(bytes(50 * MIB), 9)),
    "packed, its end lost": ("a.csv.gz", lambda: gzip.compress(HEAD + b"a,1,2000,8\n" * 9_999)[:-20]),
    "packed, then packed anew": ("a.csv.gz", lambda: gzip.compress(HEAD) + gzip.compress(b"h,1,2000,8\n") * 500),
    "packed, then noise": ("a.csv.gz", lambda: gzip.compress(HEAD + b"a,1,2000,8\n") + b"noise" * 99),
    "an odd encoding": ("a.csv", lambda: (HEAD + b"a,1,2000,8\n").decode().encode("utf-32")),
    "a quote that is never closed": ("a.csv", lambda: HEAD + b'"' + b"a,1,2000,8\n" * 99_999),
    "40,000 columns": ("a.csv", lambda: b",".join(b"c%d" % n for n in range(40_000)) + b"\n" + b"1," * 40_000),
    "wide digits": ("a.csv", lambda: HEAD + "a,\uff11\uff12,2000,8\n".encode()),
    "digits above": ("a.csv", lambda: HEAD + "a,\u00b2,2000,8\n".encode()),
    "both decimals": ("a.csv", lambda: HEAD.replace(b",", b";") + b"a;1;2.000,5;8\nb;1;2,000.5;8\n"),
    "a number of 5,000 digits": ("a.csv", lambda: HEAD + b"a," + b"9" * 5_000 + b",2000,8\n"),
    "a name twice": ("a.csv", lambda: HEAD + b"a,1,2000,8\na,1,2000,8\n"),
}


@pytest.mark.parametrize("name", NEIGHBORS)
def test_that_neighbors_of_hostile_files_are_refused_in_a_short_sentence(name: str, tmp_path: Path) -> None:
    called, made = NEIGHBORS[name]
    path = tmp_path / called
    path.write_bytes(made())
    said = refusal(read_hosts, path)
    assert said.isprintable()
    assert len(said) < 300


@pytest.mark.parametrize("moments", ["0 1 1e18", "0 1e-300 1", "0 5e-324 1e308", "-1e18 0 1"])
def test_that_moments_of_any_size_are_refused_in_a_short_sentence(moments: str, tmp_path: Path) -> None:
    path = tmp_path / "load.csv"
    path.write_text("time,web\n" + "".join(f"{moment},1\n" for moment in moments.split()))
    assert len(refusal(read_traces, path)) < 300


def test_that_a_file_of_holes_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(HEAD)
    os.truncate(path, 20 << 30)
    assert refusal(read_hosts, path)


# -- rows of too many cells, and of none


def wide(columns: int, cell: str = "10", rows: int = 1) -> str:
    return "".join(",".join([f"name {n}", *[cell] * (columns - 1)]) + "\n" for n in range(rows))


MANY: dict[str, tuple[bytes, str]] = {
    "a row of 7,000 cells": (wide(7_000, "1").encode(), "a row of more than 6,000 cells"),
    "thirty such rows": (wide(7_000, "1").encode() * 30, "a row of more than 6,000 cells"),
    "a row over many lines": (b"name,0\n" + b'"a\n",' * 7_000, "a row of more than 6,000 cells"),
    "16 million cells of nothing": (b"," * (1 << 24), "a row of more than 6,000 cells"),
    "blank rows": (b"name,0,300\nv,1,2\n" + b"\n" * 1_500, "more than 1,000 blank rows"),
    "rows of blanks and separators": (b"name,0,300\nv,1,2\n" + b" , \n" * 1_500, "more than 1,000 blank rows"),
    "blank rows before the first": (b"\n" * 1_500 + b"name,0,300\nv,1,2\n", "more than 1,000 blank rows"),
    "blank rows between a few": (b"\n" * 900 + b"name,0,300\nv,1,2\n" + b"\n" * 900, "more than 1,000 blank rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", MANY)
def test_that_a_row_of_too_many_cells_and_rows_of_none_are_refused_before_they_are_made(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_table, "MOST_COLUMNS", 6_000)
    monkeypatch.setattr(csv_table, "MOST_BLANK", 1_000)
    text, said = MANY[name]
    path = tmp_path / "many.csv"
    path.write_bytes(text)
    assert said in refusal(read_traces, path, 90 * MIB)


@pytest.mark.parametrize("read", [read_hosts, read_vms])
def test_that_machines_with_20_000_columns_are_refused(read: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(wide(20_000, rows=20))
    assert "has 20,000 columns; a file of" in refusal(read, path)


def test_that_60_000_samples_in_columns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "year.csv"
    path.write_text("vm," + ",".join(map(str, range(0, 60_000 * 60, 60))) + "\n" + wide(60_001, rows=3))
    found = read_traces(path)
    assert found.values.shape == (3, 60_000)
    assert found.step_s == 60.0


def test_that_blank_rows_between_as_many_others_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "double.csv"
    path.write_text("name,0,300\n" + "".join(f"v{n},10,20\n\n\n" for n in range(2_000)))
    assert read_traces(path).values.shape == (2_000, 2)
