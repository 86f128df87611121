"""Units: what is printed is read back, what people type is understood, nonsense is refused with a sentence."""

import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer import units
from designer.errors import RuleError

BASES = [*units.SCALES, "fraction", "%", "U", ""]
numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(value=numbers, unit=st.sampled_from(BASES))
def test_that_an_exact_text_is_read_back_bit_for_bit(value: float, unit: str) -> None:
    back = units.read(units.exact_text(value, unit), unit)
    assert back == value


@given(value=st.integers(min_value=0, max_value=2**53), unit=st.sampled_from(BASES))
def test_that_whole_numbers_are_read_back_too(value: int, unit: str) -> None:
    assert units.read(units.exact_text(float(value), unit), unit) == value


@given(value=st.floats(min_value=1e-3, max_value=1e12), unit=st.sampled_from(list(units.SCALES)))
def test_that_a_text_for_people_is_near_the_value(value: float, unit: str) -> None:
    assert units.read(units.text(value, unit), unit) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (131072.0, "MiB", "128 GiB"),
        (512.0, "MiB", "512 MiB"),
        (0.305, "fraction", "30.5%"),
        (2500.0, "MHz", "2.5 GHz"),
        (11_400.0, "req/s", "11.4 kreq/s"),
        (620.0, "W", "620 W"),
        (38_200.0, "W", "38.2 kW"),
        (0.0, "MiB", "0 MiB"),
        (12_345_678.0, "", "12,345,678"),
        (0.00121, "s", "1.21 ms"),
        (0.0, "s", "0 s"),
    ],
)
def test_that_a_quantity_reads_as_people_write_it(value: float, unit: str, text: str) -> None:
    assert units.text(value, unit) == text


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [
        ("128G", "MiB", 131072.0),
        ("0.5 TiB", "MiB", 524288.0),
        ("64 gb", "MiB", 65536.0),
        ("8192", "MiB", 8192.0),
        ("1,024 MiB", "MiB", 1024.0),
        ("10 000", "", 10_000.0),
        ("30%", "fraction", 0.3),
        ("0.3", "fraction", 0.3),
        ("90min", "s", 5400.0),
        ("2 d", "h", 48.0),
        ("1.5 kW", "W", 1500.0),
        ("11k", "req/s", 11_000.0),
        ("1e3", "W", 1000.0),
        ("-5", "", -5.0),
        (".5", "", 0.5),
    ],
)
def test_that_what_people_type_is_understood(written: str, unit: str, value: float) -> None:
    assert units.read(written, unit) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "written", ["", "  ", "many", "12 parsecs", "1..2", "--3", "G", "0x10", "1 2 3", "5 GiB extra"]
)
def test_that_what_is_no_quantity_is_refused_with_a_sentence(written: str) -> None:
    with pytest.raises(RuleError) as refused:
        units.read(written, "MiB")
    assert "MiB" in str(refused.value)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("02:00", 7200.0),
        ("1d2h", 93_600.0),
        ("1d 02:30", 95_400.0),
        ("90 min", 5400.0),
        ("300", 300.0),
        ("0:00:30", 30.0),
        ("1.5h", 5400.0),
        ("2w", 1_209_600.0),
    ],
)
def test_that_a_span_of_time_is_understood(written: str, seconds: float) -> None:
    assert units.read_span_s(written) == seconds


@pytest.mark.parametrize(
    "written",
    [
        "",
        "later",
        "-1",
        "nan",
        "inf",
        "2:75",
        "1d and 3",
        "1h-2h",
        "9" * 400 + "d 00:00",
        "9" * 5000,
        "1e300",
        "1e11",
        "1000001d",
        "999999999d 00:00",
    ],
)
def test_that_what_is_no_span_of_time_is_refused(written: str) -> None:
    with pytest.raises(RuleError, match="time span") as refused:
        units.read_span_s(written)
    assert len(str(refused.value)) < 120


@given(st.integers(min_value=0, max_value=400 * 86_400))
def test_that_a_clock_is_read_back(seconds: int) -> None:
    assert units.read_span_s(units.clock_text(seconds, with_seconds=True)) == seconds


@given(value=numbers)
def test_that_a_number_never_prints_minus_zero_or_an_empty_text(value: float) -> None:
    text = units.number(value)
    assert text
    assert math.isfinite(float(text.replace(",", "")))


# -- units that the user chooses


@pytest.fixture
def decimal() -> Iterator[None]:
    units.choose("decimal", "bytes")
    yield
    units.choose()


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1e9 / 2**20, "MiB", "1 GB"),
        (16384.0, "MiB", "17.18 GB"),
        (0.0, "MiB", "0 MB"),
        (100.0, "GiB", "107.4 GB"),
        (10_000.0, "Mbit/s", "1.25 GB/s"),
        (620.0, "W", "620 W"),
    ],
)
def test_that_quantities_are_shown_in_the_chosen_units(decimal: None, value: float, unit: str, text: str) -> None:
    assert units.text(value, unit) == text


@pytest.mark.parametrize(
    ("chosen", "value", "unit", "text"),
    [
        ("kilowatts", 350.0, "W", "0.35 kW"),
        ("kilowatts", 2.5e6, "W", "2,500 kW"),
        ("kilowatts", 0.0, "W", "0 kW"),
        ("kilowatts", 112.5, "Wh", "0.1125 kWh"),
        ("watts", 38_200.0, "W", "38,200 W"),
        ("watts", 2.5e6, "Wh", "2,500,000 Wh"),
        ("by_size", 38_200.0, "W", "38.2 kW"),
    ],
)
def test_that_power_is_shown_in_one_unit_where_that_is_chosen(chosen: str, value: float, unit: str, text: str) -> None:
    units.choose(chosen)
    try:
        assert units.text(value, unit) == text
        assert units.read(units.exact_text(value, unit), unit) == value
        assert units.exact_text(value, unit).endswith(text.rpartition(" ")[2])
        assert units.read("5 kW", "W") == 5000.0
        assert units.read("5", "W") == 5.0
        assert units.large("W") in text or unit == "Wh" or chosen == "by_size"
    finally:
        units.choose()


def test_that_what_is_shown_and_what_is_typed_mean_the_same(decimal: None) -> None:
    assert units.read("16 GB", "MiB") == pytest.approx(16e9 / 2**20)
    assert units.read("16 GiB", "MiB") == 16384.0
    assert units.read("16384", "MiB") == 16384.0
    units.choose()
    assert units.read("16 GB", "MiB") == 16384.0


@given(value=numbers, unit=st.sampled_from(["MiB", "GiB", "Mbit/s", "W", "Wh"]))
def test_that_an_exact_text_in_chosen_units_is_read_back_bit_for_bit(value: float, unit: str) -> None:
    units.choose("decimal", "bytes", "kilowatts")
    try:
        assert units.read(units.exact_text(value, unit), unit) == value
    finally:
        units.choose()


def test_that_a_rate_is_read_in_bytes_whatever_is_chosen() -> None:
    assert units.read("125 MB/s", "Mbit/s") == 1000.0
    assert units.read("1.25 GB/s", "Mbit/s") == 10_000.0


def test_that_a_part_is_told_in_the_unit_of_its_whole(decimal: None) -> None:
    assert units.part_text(8e9 / 2**20, 16e9 / 2**20, "MiB") == "8 / 16 GB"
    assert units.large("MiB") == "GB"
    units.choose()
    assert units.part_text(1536.0, 4096.0, "MiB") == "1.5 / 4 GiB"
    assert units.large("MiB") == "GiB"


def test_that_every_whole_percent_is_written_and_read_as_one() -> None:
    fractions = [n / 100.0 for n in range(1001)]
    assert [units.exact_text(fraction, "fraction") for fraction in fractions] == [f"{n}%" for n in range(1001)]
    assert [units.read(f"{n}%", "fraction") for n in range(1001)] == fractions


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 KiB"), (7832, "7.65 KiB"), (146_381, "143 KiB"), (3 * 2**20, "3 MiB"), (2**31, "2 GiB")]
)
def test_that_the_size_of_a_file_is_told_in_a_unit_of_its_size(count: int, text: str) -> None:
    assert units.file_size_text(count) == text
