"""What the provider has in a zone, from the text of its field to the simulation input."""

from __future__ import annotations

import pytest

from designer.catalog.rules.stocks import stock_of, stock_text
from designer.commands import edit
from designer.engine import Stock
from designer.errors import RuleError
from designer.model.project import Project
from designer.study.build import build


@pytest.fixture
def zone(project: Project) -> int:
    return edit.place(project, "zone", edit.place(project, "region"))


@pytest.mark.parametrize("text", ["", "m5.large=10", "m5.large=10, t3.micro=0"])
def test_that_a_text_is_read_and_written_again(text: str) -> None:
    assert stock_text(stock_of(text)) == text


def test_that_blanks_and_empty_parts_do_not_matter() -> None:
    assert stock_of(" m5.large = 10 ,, t3.micro=4,") == {"m5.large": 10, "t3.micro": 4}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ten", "like m5.large=10"),
        ("m5.large=ten", "like m5.large=10"),
        ("m5.large=-1", "like m5.large=10"),
        ("m5.large=1000001", "like m5.large=10"),
        ("=5", "like m5.large=10"),
        ("m5.large=1, m5.large=2", "each type once"),
        ("m5.large=1=2", "like m5.large=10"),
        ("m5.huge=2", "names m5.huge, which is no instance type"),
    ],
)
def test_that_a_text_without_meaning_is_refused_and_changes_nothing(
    project: Project, zone: int, text: str, said: str
) -> None:
    with pytest.raises(RuleError, match=said):
        edit.change(project, [zone], {"capacity": text})
    assert project.elements[zone].__dict__["capacity"] == ""


def test_that_vms_and_the_templates_of_groups_take_from_what_a_zone_has(project: Project, zone: int) -> None:
    net, region = edit.place(project, "subnet", zone), project.elements[zone].parent
    vms = [edit.place(project, "vm", net, instance_type=name) for name in ("m5.large", "m5.large", "t3.micro")]
    edit.place(project, "vm", net)
    templates = [edit.place(project, "vm", net, instance_type="m5.large", template=True) for _ in range(2)]
    group = edit.place(project, "auto_scaling_group", region)
    edit.connect(project, "template", group, templates[0])
    edit.connect(project, "spans", group, net)
    edit.change(project, [zone], {"capacity": "m5.large=5, c5.large=1"})
    assert build(project).stocks == [Stock(zone, "m5.large", 5, tuple(sorted([*vms[:2], templates[0]])))]


def test_that_a_zone_of_which_nothing_is_said_has_enough(project: Project, zone: int) -> None:
    edit.place(project, "vm", zone, instance_type="m5.large")
    assert build(project).stocks == []
