"""Arrays, datastores and volumes: who may stand where, what binds a VM, and what a run does without them."""

from __future__ import annotations

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import TimedEvent, simulate
from designer.errors import RuleError, SpecError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.model.replay import Replay
from designer.study.build import build
from tests.old_files import hold


class Site:
    """Two zones; in the first a data center with two hosts, an array and a datastore that host-1 sees; a VM on each."""

    def __init__(self) -> None:
        self.project = Project(KINDS, LINKS)
        self.ids = {"design": ROOT_ID}
        self.put("region", "region", "design")
        for zone in ("zone-a", "zone-b"):
            self.put(zone, "zone", "region")
        self.put("dc", "data_center", "zone-a")
        for host in ("host-1", "host-2"):
            self.put(host, "host", "dc", cores=8)
        self.put("array", "storage_array", "dc")
        self.put("store", "datastore", "dc", capacity_gib=500.0)
        self.link("offers", "array", "store")
        self.link("sees", "host-1", "store")
        self.put("vm", "vm", "host-1", recovery="cluster")
        self.put("cloud", "vm", "zone-a")

    def put(self, name: str, kind: str, parent: str, **fields: object) -> int:
        self.ids[name] = edit.place(self.project, kind, self.ids[parent], name=name, **fields)
        return self.ids[name]

    def link(self, kind: str, source: str, target: str) -> int:
        return edit.connect(self.project, kind, self.ids[source], self.ids[target])

    def why_no_link(self, source: str, target: str) -> str | None:
        return self.project.why_no_link("attached_to", self.ids[source], self.ids[target])

    def why_not_move(self, name: str, parent: str) -> str | None:
        return edit.why_not_move(self.project, [self.ids[name]], self.ids[parent])

    def told(self, *failed: str, of: str = "vm") -> list[tuple[float, str, str]]:
        events = [TimedEvent(600.0, "fail", self.ids[name]) for name in failed]
        log = simulate(build(self.project, until_s=3600.0, events=events)).log
        return [(e.time_s, e.what, e.detail) for e in log if e.id == self.ids[of]]


@pytest.fixture
def site() -> Site:
    return Site()


def test_that_a_new_volume_has_the_type_that_is_usual_in_its_place(site: Site) -> None:
    types = {}
    for parent in ("zone-a", "cloud", "vm", "store"):
        volume = site.put(f"vol-{parent}", "volume", parent)
        types[parent] = site.project.elements[volume].__dict__["type"]
    assert types == {"zone-a": "gp3", "cloud": "gp3", "vm": "local", "store": "virtual_disk"}


@pytest.mark.parametrize(
    ("parent", "kind", "size_gib", "reason"),
    [
        ("zone-a", "gp3", 0.5, "gp3 volumes have 1 GiB to 64 TiB, not 0.5 GiB"),
        ("zone-a", "gp3", 65_537.0, "gp3 volumes have 1 GiB to 64 TiB"),
        ("zone-a", "gp2", 16_385.0, "gp2 volumes have 1 GiB to 16 TiB"),
        ("zone-a", "io2", 3.0, "io2 volumes have 4 GiB to 64 TiB, not 3 GiB"),
        ("zone-a", "st1", 124.0, "st1 volumes have 125 GiB to 16 TiB, not 124 GiB"),
        ("zone-a", "sc1", 124.0, "sc1 volumes have 125 GiB to 16 TiB"),
        ("zone-a", "local", 10.0, "local volumes stand in a VM"),
        ("zone-a", "virtual_disk", 10.0, "virtual_disk volumes stand on a datastore"),
        ("store", "gp3", 10.0, "on a datastore it is a virtual_disk"),
        ("store", "virtual_disk", 501.0, "store has 500 GiB; 0 GiB are taken and the volume needs 501 GiB"),
        ("cloud", "local", 10.0, "local volumes are on the disks of a host, and cloud is on no host"),
        ("vm", "instance_store", 10.0, "disks of the provider's hosts; on host-1 the type is local"),
    ],
)
def test_that_a_volume_is_refused_with_the_reason(
    site: Site, parent: str, kind: str, size_gib: float, reason: str
) -> None:
    with pytest.raises(RuleError) as refused:
        site.put("vol", "volume", parent, type=kind, size_gib=size_gib)
    assert reason in str(refused.value)


def test_that_a_datastore_is_filled_up_to_its_capacity_and_a_smaller_one_does_not_run(site: Site) -> None:
    site.put("one", "volume", "store", size_gib=300.0)
    site.put("two", "volume", "store", size_gib=200.0)
    with pytest.raises(RuleError, match="500 GiB are taken"):
        site.put("three", "volume", "store", size_gib=1.0)
    with pytest.raises(RuleError, match="one: store has 400 GiB; 200 GiB are taken and the volume needs 300 GiB"):
        edit.change(site.project, [site.ids["store"]], {"capacity_gib": 400.0})
    with pytest.raises(RuleError, match="two: store has 500 GiB; 300 GiB are taken and the volume needs 201 GiB"):
        edit.change(site.project, [site.ids["two"]], {"size_gib": 201.0})
    edit.change(site.project, [site.ids["two"]], {"size_gib": 150.0})
    site.put("three", "volume", "store", size_gib=50.0)
    edit.delete(site.project, [site.ids["three"]])
    assert site.project.total(site.ids["store"], "size_gib") == 450.0
    store = site.ids["store"]
    assert Replay(site.project, site.project.history.position - 1).total(store, "size_gib") == 500.0
    for taken in (500.0, 450.0, 500.0):
        site.project.undo()
        assert site.project.total(site.ids["store"], "size_gib") == taken
    hold(site.project, site.ids["store"], capacity_gib=400.0)
    with pytest.raises(
        SpecError, match="two has no room: store has 400 GiB; 300 GiB are taken and the volume needs 200 GiB"
    ):
        build(site.project)


def test_that_a_size_that_its_type_does_not_have_does_not_run(site: Site) -> None:
    site.put("vol", "volume", "zone-a")
    with pytest.raises(RuleError, match="vol: st1 volumes have 125 GiB to 16 TiB, not 100 GiB"):
        edit.change(site.project, [site.ids["vol"]], {"type": "st1"})
    hold(site.project, site.ids["vol"], type="st1")
    with pytest.raises(SpecError, match="vol: st1 volumes have 125 GiB to 16 TiB, not 100 GiB"):
        build(site.project)


def test_that_an_instance_store_is_what_the_instance_type_has(site: Site) -> None:
    edit.apply_preset(site.project, [site.ids["cloud"]], "m5.large", "instance_type")
    with pytest.raises(RuleError, match=r"m5\.large has no instance store"):
        site.put("vol", "volume", "cloud", type="instance_store")
    edit.apply_preset(site.project, [site.ids["cloud"]], "m5d.large", "instance_type")
    with pytest.raises(RuleError, match=r"the disks of m5d\.large have 69\.8 GiB"):
        site.put("vol", "volume", "cloud", type="instance_store", size_gib=70.0)
    site.put("vol", "volume", "cloud", type="instance_store", size_gib=69.0)


def test_that_the_disks_of_a_dedicated_host_are_instance_stores_and_those_of_another_are_local(site: Site) -> None:
    site.put("metal", "host", "zone-a", model="m5d dedicated host")
    site.put("rented", "vm", "metal", instance_type="m5d.large")
    with pytest.raises(RuleError, match="local volumes are on the disks of a host of your own; those of metal are"):
        site.put("vol", "volume", "rented", type="local")
    site.put("vol", "volume", "rented", type="instance_store", size_gib=50.0)
    assert site.why_not_move(
        "rented", "host-1"
    ) == "instance stores are disks of the provider's hosts; on host-1 the " + ("type is local")
    site.put("own", "volume", "vm", type="local")
    assert "those of metal are instance stores" in str(site.why_not_move("vm", "metal"))


def test_that_an_instance_store_keeps_the_type_of_its_vm_to_those_that_have_one(site: Site) -> None:
    edit.apply_preset(site.project, [site.ids["cloud"]], "m5d.large", "instance_type")
    site.put("vol", "volume", "cloud", type="instance_store", size_gib=69.0)
    with pytest.raises(RuleError, match=r"vol: m5\.large has no instance store"):
        edit.apply_preset(site.project, [site.ids["cloud"]], "m5.large", "instance_type")


def test_that_a_zonal_volume_is_attached_in_its_zone_only_and_holds_its_vm_there(site: Site) -> None:
    site.put("vol", "volume", "zone-a")
    site.put("other", "vm", "zone-b")
    assert site.why_no_link("vol", "other") == "vol is in zone-a and other is in zone-b"
    site.link("attached_to", "vol", "cloud")
    assert site.why_not_move("cloud", "zone-b") == "vol is in zone-a and cloud is in zone-b"
    assert site.why_not_move("vol", "zone-b") == "vol is in zone-b and cloud is in zone-a"
    assert site.why_not_move("cloud", "host-2") is None
    assert site.why_no_link("vol", "vm") == "vol already has its link “Attached to VM”"


def test_that_a_volume_on_a_datastore_holds_its_vm_on_hosts_that_see_it(site: Site) -> None:
    site.put("disk", "volume", "store")
    site.put("blind", "vm", "host-2")
    assert site.why_no_link("disk", "blind") == "host-2 does not see store, where disk is"
    assert site.why_no_link("disk", "cloud") == "disk is on store, which only hosts see"
    site.link("attached_to", "disk", "vm")
    assert site.why_not_move("vm", "host-2") == "host-2 does not see store, where disk is"
    site.link("sees", "host-2", "store")
    assert site.why_not_move("vm", "host-2") is None


def test_that_a_volume_in_a_vm_is_that_vms(site: Site) -> None:
    site.put("own", "volume", "cloud")
    assert site.why_no_link("own", "cloud") == "own stands in cloud and belongs to that VM"
    site.put("laptop", "host", "design")
    site.put("guest", "vm", "laptop")
    with pytest.raises(RuleError, match="gp3 volumes belong to the provider, and guest is in no zone"):
        site.put("vol", "volume", "guest", type="gp3")
    assert site.why_not_move("cloud", "laptop") == "gp3 volumes belong to the provider, and cloud is in no zone"
    site.put("local", "volume", "vm")
    assert site.why_not_move("vm", "zone-a") == "local volumes are on the disks of a host, and vm is on no host"


def test_that_a_vm_falls_with_the_last_array_and_waits_for_it(site: Site) -> None:
    site.put("disk", "volume", "store")
    site.link("attached_to", "disk", "vm")
    assert site.told("array") == [
        (600.0, "down", "cut off from store"),
        (660.0, "detected", ""),
        (660.0, "waiting", "it needs store, which is down"),
    ]
    site.put("mirror", "storage_array", "dc")
    site.link("offers", "mirror", "store")
    assert site.told("array") == []
    assert site.told("array", "mirror")[0] == (600.0, "down", "cut off from store")


def test_that_a_vm_waits_for_an_array_without_its_last_switch(site: Site) -> None:
    site.put("disk", "volume", "store")
    site.link("attached_to", "disk", "vm")
    for switch in ("switch-1", "switch-2"):
        site.put(switch, "switch", "dc")
        site.link("connects", switch, "array")
    assert site.told("switch-1") == []
    assert site.told("switch-1", "switch-2") == [(600.0, "unreached", "it does not reach disk")]


def test_that_a_vm_restarts_where_its_data_is(site: Site) -> None:
    assert site.told("host-1")[2:] == [(660.0, "restarting", ""), (750.0, "running", "")]
    site.put("disk", "volume", "store")
    site.link("attached_to", "disk", "vm")
    waits = "nothing in dc that sees store that could take it is up"
    assert site.told("host-1")[2:] == [(660.0, "waiting", waits)]
    site.link("sees", "host-2", "store")
    assert site.told("host-1")[2:] == [(660.0, "restarting", ""), (750.0, "running", "")]
    site.put("local", "volume", "vm")
    assert site.told("host-1")[2:] == [(660.0, "waiting", "it needs host-1, which is down")]


def test_that_a_zonal_volume_keeps_a_vm_of_a_cluster_in_its_zone(site: Site) -> None:
    site.put("far", "host", "zone-b", cores=8)
    site.put("cluster", "cluster", "region")
    for host in ("host-1", "far"):
        site.link("in_cluster", host, "cluster")
    assert site.told("host-1")[2] == (650.0, "restarting", "")
    site.put("vol", "volume", "vm", type="gp3")
    waits = "nothing in cluster that stands in zone-a that could take it is up"
    assert site.told("host-1")[2] == (650.0, "waiting", waits)


def test_that_a_vm_that_was_carried_away_from_its_data_is_refused_in_a_run(site: Site) -> None:
    site.put("vol", "volume", "zone-a")
    site.link("attached_to", "vol", "vm")
    with pytest.raises(RuleError, match="vm: vol is in zone-a and vm is in zone-b"):
        edit.move(site.project, [site.ids["dc"]], (0.0, 0.0), site.ids["zone-b"])
    hold(site.project, site.ids["dc"], parent=site.ids["zone-b"])
    assert site.told() == [(0.0, "refused", "host-1 is no place that stands in zone-a")]


def test_that_what_a_group_launches_has_no_volume_of_the_old_one(site: Site) -> None:
    site.put("subnet-a", "subnet", "zone-a")
    site.put("subnet-b", "subnet", "zone-b", cidr="10.0.1.0/24")
    site.put("web", "vm", "subnet-a", recovery="replace")
    site.put("vol", "volume", "web")
    site.put("asg", "auto_scaling_group", "region", min_count=1, desired_count=1, max_count=2)
    site.link("instance", "web", "asg")
    site.link("template", "asg", "web")
    for subnet in ("subnet-a", "subnet-b"):
        site.link("spans", "asg", subnet)
    result = simulate(build(site.project, until_s=3600.0, events=[TimedEvent(600.0, "fail", site.ids["zone-a"])]))
    launched = [(e.time_s, e.place) for e in result.log if e.what in ("launched", "running")]
    assert launched == [(660.0, site.ids["subnet-b"]), (750.0, site.ids["subnet-b"])]


def test_that_a_datastore_of_the_provider_fails_with_its_place(site: Site) -> None:
    site.put("local-store", "datastore", "dc")
    site.link("sees", "host-2", "local-store")
    site.put("vm-2", "vm", "host-2")
    site.put("disk", "volume", "local-store")
    site.link("attached_to", "disk", "vm-2")
    assert site.told("array", of="vm-2") == []
    assert site.told("local-store", of="vm-2")[0] == (600.0, "down", "cut off from local-store")
    assert site.told("dc", of="vm-2")[0] == (600.0, "down", "")


def test_that_volumes_in_one_zone_bind_each_vm_to_the_zone_and_not_to_the_place_of_another(site: Site) -> None:
    for number, place in enumerate(("zone-a", "subnet-1", "subnet-2")):
        if place != "zone-a":
            site.put(place, "subnet", "zone-a", cidr=f"10.0.{number}.0/24")
        site.put(f"web-{number}", "vm", place)
        site.put(f"vol-{number}", "volume", f"web-{number}", type="gp3")
    for number in range(3):
        assert site.told(of=f"web-{number}") == []


def test_that_a_host_that_was_carried_out_of_its_zone_with_a_zonal_volume_does_not_run(site: Site) -> None:
    site.put("vol", "volume", "vm", type="gp3")
    site.put("cellar", "data_center", "design")
    with pytest.raises(RuleError, match="gp3 volumes belong to the provider, and vm is in no zone"):
        edit.move(site.project, [site.ids["host-1"]], (0.0, 0.0), site.ids["cellar"])
    hold(site.project, site.ids["host-1"], parent=site.ids["cellar"])
    with pytest.raises(SpecError, match="vol: gp3 volumes belong to the provider, and vm is in no zone"):
        build(site.project)
