"""Room in a design: addresses of subnets and offers of instance types reach the run as they are drawn."""

from __future__ import annotations

from designer.commands import edit
from designer.engine import simulate
from designer.model.project import Project
from designer.study.build import build


def told(project: Project) -> list[tuple[str, str]]:
    return [(e.what, e.detail) for e in simulate(build(project, until_s=600.0)).log]


def test_that_a_template_takes_no_address_and_a_nat_gateway_does(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    net = edit.place(project, "subnet", zone, cidr="10.0.0.0/29")  # 3 addresses
    edit.place(project, "vm", net, template=True)
    edit.place(project, "nat_gateway", net)
    for _ in range(2):
        edit.place(project, "vm", net)
    assert (project.why_not("vm", net) or "").endswith("has 3 addresses and all are taken")
    assert told(project) == []
    edit.change(project, [net], {"cidr": "10.0.0.0/30"})  # none is left
    assert [what for what, _ in told(project)] == ["refused", "refused"]


def test_that_a_group_launches_its_type_only_in_zones_that_offer_it(project: Project) -> None:
    region = edit.place(project, "region", code="us-east-1", provider="aws")
    zones = [edit.place(project, "zone", region, zone_id=zone_id) for zone_id in ("use1-az6", "use1-az3")]
    nets = [edit.place(project, "subnet", zone, name=f"net-{n}") for n, zone in enumerate(zones)]
    group = edit.place(project, "auto_scaling_group", region, min_count=0, desired_count=4, max_count=4)
    template = edit.place(project, "vm", nets[0], template=True)
    edit.apply_preset(project, [template], "m7g.large")
    edit.connect(project, "template", group, template)
    for net in nets:
        edit.connect(project, "spans", group, net)
    run = simulate(build(project, until_s=600.0))
    assert {e.place for e in run.log if e.what == "launched"} == {nets[0]}
