"""Real files of other programs open as designs and run, or say why not; what is told of each was looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands.estates.placing import place
from designer.errors import ImportFileError, RuleError
from designer.exchange.estate.reading import read_estate
from designer.model.project import Project
from tests.estates import SAMPLES, placed, remarks

NO_VM = "Note: It lists no VM: the design has nothing that runs."
NO_HOST = "Guessed: No host is told; it stands on one that was made up."
OTHERS = "Left out: A resource that a design does not hold."
OPEN: Sequence[tuple[Sequence[str], Mapping[str, int], Mapping[str, str]]] = [
    (["rvtools/rvtools-small-complete.xlsx"], {"data_center": 1, "cluster": 1, "host": 2, "vm": 3},
     {"Made up: Memory of a host, for what runs on it.": "sample-host-01, sample-host-02"}),
    (["proxmox/pve9_cluster_resources.json"], {"data_center": 1, "host": 4, "cluster": 1, "vm": 4, "datastore": 4},
     {"Guessed: No clock is told: 2,400 MHz.": "node3, node2, node1, node4"}),
    (["govc/vminfo.json"], {"data_center": 1, "host": 1, "vm": 1}, {NO_HOST: "test"}),
    (["openstack/v2_53_hypervisors-detail-with-servers-resp.json",
      "openstack/os-availability-zone_availability-zone-detail-resp.json"], {"data_center": 1, "host": 1},
     {NO_VM: "", "Left out: A host that runs no VMs.": "conductor, scheduler"}),
    (["awscli/ec2_describe-hosts.json", "awscli/ec2_describe-subnets.json",
      "awscli/ec2_describe-availability-zones.json"], {"region": 3, "zone": 7, "vpc": 1, "subnet": 1, "host": 1},
     {NO_VM: "", "Made up: A network that only its subnets name.": "vpc-3EXAMPLE"}),
    (["cloudformation/AutoScalingMultiAZWithNotifications.yaml"],
     {"region": 1, "zone": 1, "vm": 1, "security_group": 2, "auto_scaling_group": 1, "load_balancer": 1},
     {"Guessed: No zone is told: us-east-1a.": ""}),
    (["cloudformation/EC2_Instance_With_Ephemeral_Drives.yaml"],
     {"region": 1, "zone": 1, "security_group": 1, "vm": 1}, {"Guessed: No region is told: us-east-1.": ""}),
    (["cloudformation/VPC_With_Managed_NAT_And_Private_Subnet.yaml"],
     {"region": 1, "vpc": 1, "zone": 2, "subnet": 4, "internet_gateway": 1, "nat_gateway": 2},
     {NO_VM: "", OTHERS: "1 AWS::EC2::NetworkAcl, 2 AWS::EC2::NetworkAclEntry, "
                         "2 AWS::EC2::SubnetNetworkAclAssociation, 2 AWS::EC2::EIP"}),
    (["terraform/example_plan.json"], {"region": 1, "zone": 1, "vm": 2, "volume": 4, "function": 2, "bucket": 1},
     {"Guessed: A volume of type io1 counts as gp3.": "web_app ebs 1, zero_cost_instance ebs 1"}),
    (["terraform/inframap_aws_state_multiple_hanging_edges.json"],
     {"region": 1, "security_group": 4, "load_balancer": 1},
     {NO_VM: "", OTHERS: "1 aws_ecs_cluster, 1 aws_ecs_service, 9 aws_security_group_rule"}),
    (["terraform/inframap_openstack_state_lb.json"], {"data_center": 1, "host": 1, "vm": 2},
     {"Guessed: A server whose flavor is not told (-): 2 vCPUs, 4 GiB.": "AaCFA, gZfYc"}),
]  # fmt: skip
"""Files that belong together, the elements they hold, and what is told beside other things."""
NOTHING = "terraform/tfjson_110_sensitive_values_state.json"
DRAWINGS = [
    f"drawio/{name}" for name in ("aws-simple-architecture.drawio", "aws_4.xml", "rack-diagram-simple-server.drawio")
]

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="without the samples beside the project")


def test_that_every_real_file_opens_and_runs_or_is_refused_in_a_sentence() -> None:
    for files, counts, told in OPEN:
        inventory = read_estate([SAMPLES / file for file in files])
        assert (files, inventory.counts) == (files, counts)
        assert told.items() <= remarks(inventory).items()
        placed(inventory)
    nothing = read_estate([SAMPLES / NOTHING])
    with pytest.raises(RuleError, match="lists nothing that a design holds"):
        place(Project(KINDS, LINKS), nothing)
    assert nothing.report()[-1][1] == "There is no resource in it that a design holds."
    for drawing in DRAWINGS:
        with pytest.raises(ImportFileError, match="is a drawing: it has boxes and no sizes"):
            read_estate([SAMPLES / drawing])


def test_that_no_real_file_is_passed_over() -> None:
    listed = {row["file"] for row in json.loads((SAMPLES / "MANIFEST.json").read_text("utf-8"))}
    assert listed == {file for files, _, _ in OPEN for file in files} | {NOTHING, *DRAWINGS}
