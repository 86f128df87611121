"""Fields: one declaration gives the check, the record for forms, and the sentence that refuses."""

import math
from typing import Any

import pytest

from designer.catalog import KINDS, Host, Vm
from designer.errors import RuleError
from designer.model.element import clone, id_from_text, id_text, make, new_id, values
from designer.model.fields import acts, check_row, check_value, field_specs, form_fields, wanted


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("cores", 0, "h1: Cores must be a whole number from 1 to 4,096."),
        ("cores", 2.5, "h1: Cores must be a whole number from 1 to 4,096."),
        ("mhz", 0.0, "h1: Clock per core must be a number above 0 MHz, at most 20 GHz."),
        ("mhz", math.nan, "h1: Clock per core"),
        ("ram_mib", math.inf, "h1: Memory"),
        ("sharing", "greedy", "must be one of reserved, proportional, max_min, weighted_max_min"),
        ("name", "x" * 201, "h1: Name must be text of at most 200 characters."),
        ("speed", 1, "h1: there is no field “speed”."),
    ],
)
def test_that_a_wrong_value_is_refused_with_element_field_and_limit(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(RuleError) as refused:
        check_value(Host, name, value, "h1")
    assert sentence in str(refused.value)


def test_that_a_position_that_is_no_number_is_refused() -> None:
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(RuleError, match="Left must be a finite number"):
            check_value(Host, "x", value, "h1")


def test_that_a_checked_value_has_the_type_of_its_field() -> None:
    assert type(check_value(Host, "mhz", 2500, "h1")) is float
    assert type(check_value(Host, "cores", 8, "h1")) is int
    assert check_value(Vm, "powered_on", False, "v1") is False


def test_that_a_row_is_checked_whole() -> None:
    row = values(make(Host, {"name": "h1", "cores": -5}))
    with pytest.raises(RuleError, match="h1: Cores"):
        check_row(Host, row, "h1")
    row = values(make(Host, {"name": "h1", "idle_w": math.inf}))
    with pytest.raises(RuleError, match="h1: Power idle"):
        check_row(Host, row, "h1")


def test_that_a_field_is_seen_as_declared() -> None:
    spec = field_specs(Host)["ram_mib"]
    assert (spec.title, spec.unit, spec.group, spec.type, spec.low, spec.low_open) == (
        "Memory",
        "MiB",
        "Capacity",
        float,
        0,
        True,
    )
    assert field_specs(Vm)["load_frac"].when == ("demand", "constant")
    assert field_specs(Host)["sharing"].choices == ("reserved", "proportional", "max_min", "weighted_max_min")


def test_that_a_field_may_act_only_while_another_is_a_number_above_some() -> None:
    assert field_specs(Vm)["disk_io_kib"].when == ("disk_iops", "> 0")
    assert [acts(Vm, "disk_io_kib", {"disk_iops": value}) for value in (0.0, 0, 0.5, 900.0)] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_that_forms_show_no_geometry(kind: str) -> None:
    shown = {spec.name for spec in form_fields(KINDS[kind].table)}
    assert not shown & {"id", "parent", "rank", "x", "y", "w", "h", "hug"}


@pytest.mark.parametrize("kind", KINDS)
def test_that_every_default_keeps_its_own_limits(kind: str) -> None:
    table = KINDS[kind].table
    row = make(table, {})
    assert check_row(table, values(row), "new") == values(row)


@pytest.mark.parametrize("kind", KINDS)
def test_that_every_field_can_say_what_it_takes(kind: str) -> None:
    for spec in field_specs(KINDS[kind].table).values():
        assert wanted(spec)


def test_that_an_id_is_shown_and_read_back() -> None:
    for _ in range(200):
        element_id = new_id()
        assert 1 < element_id < 2**63
        assert id_from_text(id_text(element_id)) == element_id


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "a\0b", "vm: Name holds a character that text cannot hold."),
        ("note", "a\ud800b", "vm: Note must be text of at most 20000 characters."),
        ("rank", 2**63, "vm: Order among siblings must be a whole number of at most 63 bits."),
        ("rank", -(2**63) - 1, "vm: Order among siblings must be a whole number of at most 63 bits."),
    ],
)
def test_that_what_no_file_can_hold_is_refused_at_once(field: str, value: Any, said: str) -> None:
    with pytest.raises(RuleError) as refused:
        check_value(Vm, field, value, "vm")
    assert str(refused.value) == said
    with pytest.raises(RuleError) as refused:
        check_row(Vm, {**values(make(Vm, {})), field: value}, "vm")
    assert str(refused.value) == said
    assert check_value(Vm, "name", "ä\U0010ffff\n", "vm") == "ä\U0010ffff\n"


def test_that_what_is_no_id_is_none() -> None:
    assert id_from_text("web-a!") is None


def test_that_a_clone_shares_nothing_but_values() -> None:
    row = make(Host, {"id": 7, "name": "h1"})
    copy = clone(row, name="h2")
    assert (row.name, copy.name, copy.id) == ("h1", "h2", 7)
