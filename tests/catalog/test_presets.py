"""The presets: known machines with their sources, all within the limits of their fields."""

import json

import pytest

from designer.assets import asset
from designer.catalog import KINDS
from designer.catalog.presets.shipped import preset_lists, preset_of, presets
from designer.catalog.rules.capacity import host_record
from designer.model.element import make
from designer.model.fields import check_value, form_fields

ALL = [(kind, field, name) for (kind, field), found in preset_lists().items() for name in found.presets]
HYPERVISORS = presets("host", "hypervisor")


def test_that_there_are_a_dozen_instance_types_and_four_host_models() -> None:
    assert len(presets("vm")) >= 12
    assert len(presets("host")) >= 4
    assert presets("zone") == {}


@pytest.mark.parametrize(("kind", "holder", "name"), ALL)
def test_that_a_preset_fills_fields_that_there_are_with_values_they_take(kind: str, holder: str, name: str) -> None:
    preset = presets(kind, holder)[name]
    for field, value in preset.fields.items():
        assert check_value(KINDS[kind].table, field, value, name) == value
    assert set(preset.origins) <= set(preset.fields)


def test_that_no_preset_hides_another_of_its_name() -> None:
    read = json.loads(asset("catalog/presets.json").read_text("utf-8"))
    read["hypervisor"] = json.loads(asset("catalog/hypervisors.json").read_text("utf-8"))
    for (kind, field), found in preset_lists().items():
        assert len(read["hypervisor" if field == "hypervisor" else kind]["presets"]) == len(found.presets)


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


# -- hypervisors


def test_that_the_eight_hypervisors_are_there_and_fill_the_same_fields() -> None:
    assert list(HYPERVISORS) == [
        "AWS Nitro", "Xen", "VMware ESXi", "Microsoft Hyper-V", "KVM", "Oracle VirtualBox", "VMware Workstation",
        "Bare metal",
    ]  # fmt: skip
    fields = form_fields(KINDS["host"].table)
    section = {spec.name for spec in fields if spec.group == "Virtualization"} - {"hypervisor"}
    for preset in HYPERVISORS.values():
        assert set(preset.fields) == section | {
            "sharing",
            "overcommit",
            "memory_rule",
            "migration_rule",
            "migrations_at_once",
        }


def test_that_every_figure_of_a_hypervisor_has_its_own_source_and_confidence() -> None:
    for preset in HYPERVISORS.values():
        for field in preset.fields:
            source, confidence = preset.origins[field]
            assert len(source) > 10 and confidence in ("A", "B", "C")
            assert (confidence == "C") or not source.startswith("general knowledge")
        assert preset.confidence == max(confidence for _, confidence in preset.origins.values())


def test_that_bare_metal_takes_nothing_and_a_new_host_has_no_hypervisor() -> None:
    shared = ("sharing", "default_shares", "shares_per", "memory_rule", "migration_rule", "migrations_at_once")
    bare = {field: value for field, value in HYPERVISORS["Bare metal"].fields.items() if field not in shared}
    assert set(bare.values()) == {0.0}
    new = make(KINDS["host"].table, {}).__dict__
    assert new["hypervisor"] == "" and {field: new[field] for field in bare} == bare


def test_that_esxi_takes_what_vmware_prints_for_a_vm_of_4_gib_and_2_vcpus() -> None:
    # vSphere 6.7 Resource Management, table 6-1: 52.72 MiB
    fields = HYPERVISORS["VMware ESXi"].fields
    taken = fields["vm_ram_base_mib"] + 2 * fields["vm_ram_per_vcpu_mib"] + 4096 * fields["vm_ram_frac"]
    assert taken == pytest.approx(52.72, abs=0.66)


def test_that_a_host_has_two_presets_at_once_and_each_field_knows_its_own() -> None:
    host = make(KINDS["host"].table, {"model": "64-core, 256 GiB", "hypervisor": "KVM"})
    main, hypervisor = preset_of(host, "cores"), preset_of(host, "vm_ram_frac")
    assert main is not None and main.name == "64-core, 256 GiB"
    assert hypervisor is not None and hypervisor.origin("vm_ram_frac")[1] == "A"
    assert main.origin("cores") == (main.source, main.confidence)
    assert preset_of(host, "smt_yield") is None


def test_that_only_esxi_asks_for_a_limit_of_vcpus_per_core() -> None:
    limits = {name: preset.fields["overcommit"] for name, preset in HYPERVISORS.items() if preset.fields["overcommit"]}
    assert limits == {"VMware ESXi": 32.0}
    assert all(preset.origin("overcommit")[1] in ("A", "C") for preset in HYPERVISORS.values())


def test_that_a_host_without_an_overcommit_has_no_limit_of_vcpus() -> None:
    table = KINDS["host"].table
    assert host_record(make(table, {})).overcommit is None
    assert host_record(make(table, {"overcommit": 1.5})).overcommit == 1.5
