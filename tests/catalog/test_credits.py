"""Which VMs of a design have CPU credits, and how they begin."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.reference.credits import credits_of
from designer.commands import edit
from designer.engine import Credits
from designer.model.project import Project
from designer.study.build import build


def credits(host: dict[str, Any] | None = None, **fields: Any) -> Credits | None:
    """The credits of a VM in a zone, or on a host there, in the spec of its design."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    on = zone if host is None else edit.place(project, "host", zone, **host)
    edit.place(project, "vm", on, vcpus=2, **fields)
    return build(project, until_s=600.0).vms[0].credits


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"instance_type": "t3.micro"}, Credits(12.0, 288.0, unlimited=True)),
        (
            {"instance_type": "t3.micro", "credit_mode": "standard", "credits_at_start": 9.0},
            Credits(12.0, 288.0, 0.0, 9.0),
        ),
        ({"instance_type": "t3.micro", "credits_at_start": 999.0}, Credits(12.0, 288.0, 0.0, 288.0, True)),
        ({"instance_type": "t2.medium"}, Credits(24.0, 576.0, 60.0, kept_s=0.0)),
        ({"instance_type": "t2.medium", "credit_mode": "unlimited"}, Credits(24.0, 576.0, unlimited=True, kept_s=0.0)),
        ({"instance_type": "m5.large"}, None),
        ({"credit_mode": "standard"}, None),
    ],
)
def test_that_a_t_type_begins_with_its_credits(given: dict[str, Any], wanted: Credits | None) -> None:
    assert credits(**given) == wanted


def test_that_credits_are_those_of_the_provider_and_standard_on_its_hosts() -> None:
    assert credits({"sharing": "reserved"}, instance_type="t3.micro") == credits_of("t3.micro", "standard", 0.0)
    assert credits({"sharing": "weighted_max_min"}, instance_type="t3.micro") is None
