"""Instance types of the EC2 catalog for VMs: filled as one step, refused where they are not offered."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog.presets.shipped import known_preset, preset_of
from designer.catalog.reference.ec2 import Offer, ec2
from designer.catalog.rules.offers import Place, elsewhere, offered, place_of, price_usd_h, reason
from designer.commands import edit, instance_types
from designer.errors import RuleError
from designer.model.element import ROOT_ID, values
from designer.model.project import Project


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


def zone_in(project: Project, code: str, zone_id: str = "") -> int:
    """A zone of an id in a region of a code, both with names of one's own."""
    provider = "aws" if code in ec2().regions else "none"
    region = edit.place(project, "region", name="left", code=code, provider=provider)
    return edit.place(project, "zone", region, name="wing", zone_id=zone_id)


def test_that_a_type_fills_all_selected_vms_in_one_step(project: Project) -> None:
    zone = zone_in(project, "ap-south-1")
    vms = [edit.place(project, "vm", zone) for _ in range(3)]
    before, steps = state(project), len(project.history.steps)
    said = instance_types.choose_type(project, [*vms, zone], "r7g.2xlarge")
    assert said == "3 VMs are now r7g.2xlarge."
    assert (len(project.history.steps), project.history.undo_text) == (steps + 1, "Use r7g.2xlarge")
    kind = ec2().types["r7g.2xlarge"]
    for vm in vms:
        fields = project.elements[vm].__dict__
        filled = (fields["instance_type"], fields["vcpus"], fields["mhz"], fields["ram_mib"])
        assert filled == ("r7g.2xlarge", 8, kind.mhz, 64 * 1024.0)
    project.undo()
    assert state(project) == before


def test_that_every_type_of_the_catalog_is_within_the_limits_of_a_vm(project: Project) -> None:
    vm = edit.place(project, "vm", zone_in(project, "here"))
    for name in ec2().types:
        edit.fill(project, [vm], {"instance_type": "", "guest_os": "linux"}, "Anew")  # what ran macOS runs nowhere else
        assert instance_types.choose_type(project, [vm], name)
        assert project.elements[vm].__dict__["instance_type"] == name


def test_that_an_unknown_clock_leaves_that_of_the_vm(project: Project) -> None:
    name = next(kind.name for kind in ec2().types.values() if kind.mhz is None)
    vm = edit.place(project, "vm", zone_in(project, "here"), mhz=1234.0)
    said = instance_types.choose_type(project, [vm], name)
    assert said == f"vm-1 is now {name}. The clock of this type is unknown; the VMs keep theirs."
    assert project.elements[vm].__dict__["mhz"] == 1234.0


def test_that_a_type_not_offered_in_the_region_is_refused_with_the_nearest_that_are(project: Project) -> None:
    here, abroad = zone_in(project, "us-east-1"), zone_in(project, "ap-south-2")
    vms = [edit.place(project, "vm", zone) for zone in (here, abroad)]
    before, steps = state(project), len(project.history.steps)
    with pytest.raises(RuleError) as refused:
        instance_types.choose_type(project, vms, "a1.large")
    near = [kind.name for kind in ec2().nearest("a1.large", "ap-south-2")]
    sentence = f"vm-2: a1.large is not offered in ap-south-2; the nearest that offer it: {', '.join(near)}."
    assert str(refused.value) == sentence
    assert len(near) == 3
    assert (state(project), len(project.history.steps)) == (before, steps)
    instance_types.choose_type(project, [vms[1]], near[0])


def test_that_a_zone_that_lacks_a_type_refuses_it_though_its_region_offers_it(project: Project) -> None:
    lacking = Place("ap-south-1", "ap-south-1a", "aps1-az1")
    assert offered("a1.large", lacking) is Offer.NO
    assert offered("a1.large", Place("ap-south-1")) is Offer.YES
    vm = edit.place(project, "vm", zone_in(project, "ap-south-1", "aps1-az1"))
    with pytest.raises(RuleError, match=r"not offered in ap-south-1a \(aps1-az1\); the nearest"):
        instance_types.choose_type(project, [vm], "a1.large")
    zones = elsewhere("a1.large", lacking)
    assert zones and "ap-south-1a" not in zones
    other = edit.place(project, "zone", place_id(project, "region"), zone_id=zone_ids("ap-south-1")[zones[0]])
    instance_types.choose_type(project, [edit.place(project, "vm", other)], "a1.large")


def zone_ids(code: str) -> dict[str, str]:
    """The ids of the zones of a region by the names that the catalog has for them."""
    return dict(ec2().regions[code].zones)


def place_id(project: Project, kind: str) -> int:
    """The id of the only element of a kind."""
    (found,) = project.of_kind(kind)
    return found.id


@pytest.mark.parametrize("region", ["region-1", "us-iso-east-1", "ap-east-2"])
def test_that_unknown_is_not_no(project: Project, region: str) -> None:
    vm = edit.place(project, "vm", zone_in(project, region))
    assert instance_types.choose_type(project, [vm], "a1.large") == "vm-1 is now a1.large."


def test_that_a_vm_cannot_be_moved_to_where_its_type_is_not_offered(project: Project) -> None:
    here, abroad = zone_in(project, "us-east-1"), zone_in(project, "ap-south-2")
    vm = edit.place(project, "vm", here, instance_type="a1.large")
    why = edit.why_not_move(project, [vm], abroad)
    assert why is not None and why.startswith("a1.large is not offered in ap-south-2; the nearest that offer it: ")
    with pytest.raises(RuleError, match=r"vm-1 cannot be moved here: a1\.large is not offered in ap-south-2"):
        edit.move(project, [vm], (0.0, 0.0), abroad)
    assert project.elements[vm].parent == here
    with pytest.raises(RuleError, match=r"a1\.large is not offered"):
        edit.place(project, "vm", abroad, instance_type="a1.large")


def test_that_the_place_is_that_of_the_codes_around_the_vm(project: Project) -> None:
    zone = zone_in(project, "eu-central-1", "euc1-az2")
    host = edit.place(project, "host", zone)
    vm = edit.place(project, "vm", host)
    at = dict(map(reversed, zone_ids("eu-central-1").items()))  # type: ignore[arg-type]
    assert place_of(project, project.elements[vm]) == Place("eu-central-1", at["euc1-az2"], "euc1-az2")
    edit.change(project, [zone], {"zone_id": "no such zone"})
    assert place_of(project, project.elements[vm]) == Place("eu-central-1")
    loose = edit.place(project, "vm", edit.place(project, "host", ROOT_ID))
    assert place_of(project, project.elements[loose]) is None


def test_that_only_vms_and_only_known_types_are_taken(project: Project) -> None:
    zone = zone_in(project, "us-east-1")
    vm = edit.place(project, "vm", zone)
    with pytest.raises(RuleError, match="Select one or more VMs first"):
        instance_types.choose_type(project, [zone], "m5.large")
    with pytest.raises(RuleError, match=r"There is no instance type “m9\.huge”"):
        instance_types.choose_type(project, [vm], "m9.huge")


def test_that_the_form_knows_where_the_values_come_from(project: Project) -> None:
    vm = edit.place(project, "vm", zone_in(project, "us-east-1"))
    instance_types.choose_type(project, [vm], "c7i.4xlarge")
    preset = preset_of(project.elements[vm], "vcpus")
    assert preset is not None
    assert (preset.name, preset.fields["vcpus"], preset.confidence) == ("c7i.4xlarge", 16, "B")
    assert "moto" in preset.source
    assert known_preset("vm", "instance_type", "m9.huge") is None
    assert known_preset("zone", "name", "m5.large") is None


def test_that_the_reason_says_nothing_where_there_is_no_type_or_it_is_offered() -> None:
    assert reason("m5.large", Place("us-east-1")) is None
    assert reason("no such type", Place("us-east-1")) is None


def test_that_renaming_a_region_or_a_zone_changes_no_price_and_no_offer(project: Project) -> None:
    zone = zone_in(project, "ap-south-1", "aps1-az1")
    region = project.elements[zone].parent
    vm = edit.place(project, "vm", zone, instance_type="m5.large")
    here = project.elements[vm]
    before = place_of(project, here), price_usd_h(project, here)
    assert before[1] == pytest.approx(ec2().price_usd_h("m5.large", "ap-south-1"))
    for name in ("us-east-1", "Mumbai", "x"):
        edit.rename(project, region, name)
        edit.rename(project, zone, f"{name}a")
        assert (place_of(project, here), price_usd_h(project, here)) == before
        assert project.why_not("vm", zone, here) is None
        with pytest.raises(RuleError, match=r"not offered in ap-south-1a \(aps1-az1\)"):
            instance_types.choose_type(project, [vm], "a1.large")


def test_that_a_name_that_is_a_code_makes_no_region_of_a_provider(project: Project) -> None:
    region = edit.place(project, "region", name="us-east-1")
    vm = edit.place(project, "vm", edit.place(project, "zone", region, name="us-east-1a"), instance_type="m5.large")
    assert place_of(project, project.elements[vm]) is None
    assert price_usd_h(project, project.elements[vm]) is None


def test_that_another_code_is_another_price_and_time_zone(project: Project) -> None:
    zone = zone_in(project, "us-east-1")
    region = project.elements[zone].parent
    vm = edit.place(project, "vm", zone, instance_type="m5.large")
    assert price_usd_h(project, project.elements[vm]) == pytest.approx(0.096)
    edit.apply_preset(project, [region], "sa-east-1")
    fields = project.elements[region].__dict__
    assert (fields["name"], fields["code"], fields["provider"], fields["time_zone"]) == (
        "left", "sa-east-1", "aws", "America/Sao_Paulo")  # fmt: skip
    assert price_usd_h(project, project.elements[vm]) == pytest.approx(ec2().price_usd_h("m5.large", "sa-east-1"))
    edit.change(project, [region], {"provider": "none"})
    assert price_usd_h(project, project.elements[vm]) is None


def test_that_zones_of_a_provider_s_region_get_its_names_and_ids_one_after_the_other(project: Project) -> None:
    region = edit.place(project, "region", code="us-west-1", provider="aws")
    zones = [project.elements[edit.place(project, "zone", region)].__dict__ for _ in range(3)]
    known = [*zone_ids("us-west-1").items(), ("zone-3", "")]
    assert [(zone["name"], zone["zone_id"]) for zone in zones] == known
