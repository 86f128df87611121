"""The presets: known machines with their sources, all within the limits of their fields."""

import json

import pytest

from designer.assets import asset
from designer.catalog import KINDS
from designer.catalog.presets import preset_lists, preset_of, presets
from designer.model.element import make
from designer.model.fields import check_value

ALL = [(kind, name) for kind, held in preset_lists().items() for name in held.presets]


def test_that_there_are_a_dozen_instance_types_and_four_host_models() -> None:
    assert len(presets("vm")) >= 12
    assert len(presets("host")) >= 4
    assert presets("zone") == {}


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_that_a_preset_fills_fields_that_there_are_with_values_they_take(kind: str, name: str) -> None:
    for field, value in presets(kind)[name].fields.items():
        assert check_value(KINDS[kind].table, field, value, name) == value


def test_that_no_preset_hides_another_of_its_name() -> None:
    read = json.loads(asset("catalog/presets.json").read_text("utf-8"))
    for kind, held in preset_lists().items():
        assert len(read[kind]["presets"]) == len(held.presets)


def test_that_an_element_knows_the_preset_it_was_made_from() -> None:
    table = KINDS["vm"].table
    made = preset_of(make(table, {"instance_type": "m5.large"}))
    assert made is not None
    assert (made.name, made.fields["vcpus"], made.fields["ram_mib"]) == ("m5.large", 2, 8192)
    assert preset_of(make(table, {})) is None
    assert preset_of(make(KINDS["zone"].table, {})) is None


def test_that_m5_large_is_what_the_provider_says() -> None:
    # AWS EC2 instance types: m5.large has 2 vCPUs, 8 GiB, 3.1 GHz sustained all-core turbo.
    assert dict(presets("vm")["m5.large"].fields) == {"vcpus": 2, "mhz": 3100.0, "ram_mib": 8192}
