"""A copy means what its original does: the same links, at either end, and names and ranges of its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import blueprints, clipboard, edit, regions, scale_out, transfer
from designer.commands.names import NameSeries
from designer.engine import TimedEvent, simulate
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.study.build import build
from tests.store.designs import one_of_each

Ids = dict[str, int]


@pytest.fixture
def ids(project: Project) -> Ids:
    """A rack on two feeds with a cooled, switched host in a cluster, which sees a datastore; a VM on it."""
    found: Ids = {"dc": edit.place(project, "data_center")}
    found["rack"] = edit.place(project, "rack", found["dc"], name="rack-1")
    found["host"] = edit.place(project, "host", found["rack"], name="host-1")
    found["vm"] = edit.place(project, "vm", found["host"], name="web-1", recovery="none")
    for name, kind in (("A", "power_feed"), ("B", "power_feed"), ("ac", "cooling"), ("ds", "datastore")):
        found[name] = edit.place(project, kind, found["dc"], name=name)
    found["switch"] = edit.place(project, "switch", found["dc"], name="sw")
    found["cluster"] = edit.place(project, "cluster", found["dc"])
    found["shop"] = edit.place(project, "service", rate_rps=1.0)
    for kind, source, target in (
        ("feeds", "A", "rack"), ("feeds", "B", "rack"), ("cools", "ac", "host"), ("connects", "switch", "host"),
        ("in_cluster", "host", "cluster"), ("sees", "host", "ds"), ("member", "vm", "shop"),
    ):  # fmt: skip
        edit.connect(project, kind, found[source], found[target])
    return found


def links_at(project: Project, top: int) -> list[tuple[str, str, str]]:
    """The links at an element and all that stands in it: the kind, and at which end what is not in it."""
    inside = set(project.subtree(top))
    found = []
    for link in project.links.values():
        for end, other, side in ((link.source, link.target, "to"), (link.target, link.source, "from")):
            if end in inside and other not in inside:
                found.append((link.kind, side, project.elements[other].name))
    return sorted(found)


def test_that_a_duplicated_rack_has_all_links_of_the_original(project: Project, ids: Ids) -> None:
    (copy,) = clipboard.duplicate(project, [ids["rack"]])
    assert links_at(project, copy) == links_at(project, ids["rack"])
    assert len(links_at(project, copy)) == 7


def test_that_both_racks_are_down_without_their_feeds(project: Project, ids: Ids) -> None:
    clipboard.duplicate(project, [ids["rack"]])
    events = [TimedEvent(600.0, "fail", ids[name]) for name in ("A", "B")]
    log = simulate(build(project, until_s=1200.0, events=events)).log
    assert len([e for e in log if e.what == "down"]) == 2


def test_that_a_pasted_and_a_scaled_out_copy_keep_them_too(project: Project, ids: Ids) -> None:
    (pasted,) = clipboard.paste(project, clipboard.copy(project, [ids["rack"]]), ids["dc"])
    assert links_at(project, pasted) == links_at(project, ids["rack"])
    (grown,) = scale_out.scale_out(project, ids["vm"], 1)
    assert links_at(project, grown) == [("member", "to", "service-1")]


def test_that_what_is_copied_together_is_linked_with_the_copies_and_not_with_the_originals(
    project: Project, ids: Ids
) -> None:
    made = clipboard.duplicate(project, [ids["rack"]])
    copies = clipboard.paste(project, clipboard.copy(project, [ids["rack"], ids["A"], ids["switch"]]), ids["dc"])
    by_kind = {project.elements[i].kind: i for i in copies}
    fed_by = {project.elements[i].name for i in project.sources(by_kind["rack"], "feeds")}
    assert fed_by == {"A-2", "B"}
    (host,) = (i for i in project.subtree(by_kind["rack"]) if project.elements[i].kind == "host")
    assert [project.elements[i].name for i in project.sources(host, "connects")] == ["sw-2"]
    assert set(project.targets(ids["A"], "feeds")) == {ids["rack"], *made}


def test_that_a_link_of_which_there_may_be_one_stays_with_the_original(project: Project, ids: Ids) -> None:
    disk = edit.place(project, "volume", ids["ds"])
    edit.connect(project, "attached_to", disk, ids["vm"])
    made = clipboard.duplicate(project, [ids["vm"]])
    (copy,) = made
    assert project.sources(copy, "attached_to") == []
    reason = "vol-1 already has its link “Attached to VM”"
    assert made.unlinked == [f"web-2 has no link “Attached to VM” with vol-1: {reason}."]
    assert made.report == f"One link was not copied. {made.unlinked[0]}"
    grown = scale_out.scale_out(project, ids["vm"], 2)
    assert grown.unlinked == [
        f"{name} has no link “Attached to VM” with vol-1: {reason}." for name in ("web-3", "web-4")
    ]
    assert grown.report == f"2 links were not copied. The first: {grown.unlinked[0]}"
    assert project.targets(disk, "attached_to") == [ids["vm"]]


def test_that_a_copy_that_has_all_links_of_its_original_reports_nothing(project: Project, ids: Ids) -> None:
    made = clipboard.duplicate(project, [ids["rack"]])
    assert (made.unlinked, made.report) == ([], "")


@pytest.mark.parametrize("kind", [kind for kind, link in LINKS.items() if link.per_source == 1])
def test_that_no_link_is_left_out_in_silence(kind: str) -> None:
    project = Project(KINDS, LINKS, one_of_each())
    for link in [link for link in project.links.values() if link.kind == kind]:
        for end in (link.source, link.target):
            before = set(project.links)
            try:
                made = clipboard.duplicate(project, [end])
            except RuleError:
                continue  # no room for a second one there
            inside = {i for copy in made for i in project.subtree(copy)}
            originals = {k.id for i in project.subtree(end) for k in project.links_of(i)}
            copied = {k.id for i in inside for k in project.links_of(i)} - before
            assert len(copied) + len(made.unlinked) == len(originals), (kind, end)
            project.undo()


def test_that_a_copy_in_another_design_has_no_links_to_what_is_not_there(project: Project, ids: Ids) -> None:
    other = Project(KINDS, LINKS)
    center = edit.place(other, "data_center")
    (made,) = clipboard.paste(other, clipboard.copy(project, [ids["rack"]]), center)
    assert links_at(other, made) == []
    again = clipboard.paste(other, clipboard.copy(project, [ids["rack"]]), center)
    lost = {k.id for i in project.subtree(ids["rack"]) for k in project.links_of(i)}
    assert len(again.unlinked) == len(lost) > 1
    assert all(said.endswith(": its other end is not in this design.") for said in again.unlinked)
    assert again.report.startswith(f"{len(again.unlinked)} links were not copied. The first: ")
    assert [other.elements[i].name for i in other.subtree(made)] == ["rack-1", "host-1", "web-1"]


def test_that_text_from_elsewhere_links_nothing_that_was_not_copied(project: Project, ids: Ids) -> None:
    text = clipboard.copy(project, [ids["vm"]])
    edit.delete(project, [k.id for k in project.links_of(ids["host"], "in_cluster")])
    row = f'{{"kind":"in_cluster","source":{ids["host"]},"target":{ids["cluster"]}}}'
    clipboard.paste(project, text.replace('"links": [', f'"links": [{row},'), ids["host"])
    assert project.targets(ids["host"], "in_cluster") == []


# -- names


def test_that_copies_go_on_in_the_series_of_their_neighbors(project: Project, ids: Ids) -> None:
    for n in range(2, 19):
        edit.place(project, "host", ids["rack"], name=f"host-{n}")
    (copy,) = clipboard.duplicate(project, [ids["rack"]])
    names = [project.elements[i].name for i in project.children(copy)]
    assert names == [f"host-{n}" for n in range(19, 37)]
    assert project.elements[copy].name == "rack-2"
    everything = [(e.kind, e.name) for e in project.elements.values()]
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize(
    ("there", "name", "copy"),
    [
        (["web-a1", "web-a2"], "web-a1", "web-a3"),
        (["h-007", "h-008"], "h-007", "h-009"),
        (["h-99"], "h-99", "h-100"),
        (["h-099"], "h-099", "h-100"),
        (["shop"], "shop", "shop-2"),
        (["shop", "shop-2"], "shop", "shop-3"),
        (["vm.example.com"], "vm.example.com", "vm.example.com-2"),
        (["esx-01.lab.local", "esx-02.lab.local"], "esx-01.lab.local", "esx-03.lab.local"),
        (["vm-1.a.example", "vm-1.b.example"], "vm-1.a.example", "vm-2.a.example"),
        (["10.0.0.9"], "10.0.0.9", "10.0.0.10"),
        (["app-1.2"], "app-1.2", "app-1.3"),
        (["e1." + "x" * 190], "e1." + "x" * 190, "2." + "x" * 190),
        (["7"], "7", "8"),
        (["x" * 200], "x" * 200, "x" * 180 + "2"),
        (["host-1"], "host-5", "host-5"),
        ([""], "", "host-1"),
        (["n" + "9" * 30], "n" + "9" * 30, "n" + "9" * 12 + "1000000000000000000"),
    ],
)
def test_that_the_name_of_a_copy_is_the_next_that_is_free(
    project: Project, there: list[str], name: str, copy: str
) -> None:
    for one in there:
        edit.place(project, "host", name=one)
    found = NameSeries(project).own("host", name)
    assert found == copy
    assert len(found) <= 200


def test_that_elements_of_another_kind_take_no_names_away(project: Project, ids: Ids) -> None:
    edit.place(project, "note", name="host-2")
    (copy,) = clipboard.duplicate(project, [ids["host"]])
    assert project.elements[copy].name == "host-2"


def test_that_a_blueprint_placed_twice_and_an_inserted_design_have_names_of_their_own(
    project: Project, ids: Ids
) -> None:
    text = blueprints.text_of(project, [ids["dc"]])
    other = Project(KINDS, LINKS)
    for _ in range(2):
        blueprints.place(other, text, "Room")
    transfer.insert(other, list(project.rows()), "room.clouddesign")
    assert sorted(e.name for e in other.of_kind("host")) == ["host-1", "host-2", "host-3"]
    assert sorted(e.name for e in other.of_kind("rack")) == ["rack-1", "rack-2", "rack-3"]


# -- what only one may have


def subnet_of(project: Project, zone: int) -> dict[str, Any]:
    (subnet,) = (project.elements[i] for i in project.children(zone) if project.elements[i].kind == "subnet")
    return subnet.__dict__


def test_that_a_copied_zone_has_its_own_id_and_its_subnets_free_ranges_in_their_vpc(project: Project) -> None:
    region = regions.place_region(project, "eu-central-1", 1)
    vpc = edit.place(project, "vpc", region, cidr="10.4.0.0/16")
    (zone,) = (i for i in project.children(region) if project.elements[i].kind == "zone")
    subnet = edit.place(project, "subnet", zone, cidr="10.4.0.0/24")
    edit.connect(project, "in_vpc", subnet, vpc)
    for n in (1, 2, 3):
        (copy,) = clipboard.duplicate(project, [zone])
        fields = project.elements[copy].__dict__
        wanted = ("eu-central-1b", "euc1-az2"), ("eu-central-1c", "euc1-az3"), ("eu-central-1a-2", "")
        assert (fields["name"], fields["zone_id"]) == wanted[n - 1]
        made = subnet_of(project, copy)
        assert made["cidr"] == f"10.4.{n}.0/24"
        assert project.targets(made["id"], "in_vpc") == [vpc]


def test_that_a_copied_region_keeps_codes_ids_and_ranges(project: Project) -> None:
    region = regions.place_region(project, "eu-central-1", 1)
    zone = project.children(region)[0]
    edit.place(project, "subnet", zone, cidr="10.4.0.0/24")
    (copy,) = clipboard.duplicate(project, [region])
    fields = project.elements[copy].__dict__
    assert (fields["code"], fields["name"]) == ("eu-central-1", "eu-central-1 copy")
    (there,) = project.children(copy)
    assert project.elements[there].__dict__["zone_id"] == "euc1-az1"
    assert subnet_of(project, there)["cidr"] == "10.4.0.0/24"


def test_that_a_foreign_id_stays_with_the_one_that_has_it(project: Project, ids: Ids) -> None:
    edit.change(project, [ids["vm"]], {"foreign_id": "vm-1042"})
    (copy,) = clipboard.duplicate(project, [ids["vm"]])
    assert project.elements[copy].foreign_id == ""
    other = Project(KINDS, LINKS)
    host = edit.place(other, "host", ROOT_ID)
    (there,) = clipboard.paste(other, clipboard.copy(project, [ids["vm"]]), host)
    assert other.elements[there].foreign_id == "vm-1042"


def test_that_a_copied_zone_with_a_name_of_its_own_continues_its_series(project: Project) -> None:
    region = edit.place(project, "region", provider="aws", code="us-east-1")
    zone = edit.place(project, "zone", region, name="wing 1", zone_id="use1-az1")
    (copy,) = clipboard.duplicate(project, [zone])
    fields = project.elements[copy].__dict__
    assert fields["name"] == "wing 2"
    assert fields["zone_id"] not in ("", "use1-az1")


def test_that_a_link_that_is_copied_very_often_is_asked_for_once_and_counts_as_work() -> None:
    asked = list[str]()

    class Asked(Project):
        def why_no_link(self, *args: Any, **named: Any) -> str | None:
            asked.append(args[0])
            return super().why_no_link(*args, **named)

    for kind, made, lost in (("depends_on", 1, 0), ("attached", 0, 1), ("no such kind", 0, 1)):
        elements = [{"id": i, "kind": "service", "name": f"s{i}"} for i in (2, 3)]
        roots = [{"id": i, "x": 0, "y": 60 * i} for i in (2, 3)]
        links = [{"kind": kind, "source": 2, "target": 3}] * 5_000
        text = json.dumps({"format": 2, "roots": roots, "elements": elements, "links": links})
        project, before = Asked(KINDS, LINKS), len(asked)
        copies = clipboard.paste(project, text)
        assert (len(project.links), len(copies.unlinked)) == (made, lost)
        assert len(asked) - before < 9
        assert clipboard.count_of(text) == 5_002


def test_that_of_very_many_links_that_copies_lack_the_first_reasons_are_told_and_all_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clipboard, "MOST_TOLD", 3)
    count = 20
    elements = [{"id": i + 2, "kind": "service", "name": f"s{i}"} for i in range(count)]
    roots = [{"id": i + 2, "x": 0, "y": 60 * i} for i in range(count)]
    links = [{"kind": "attached", "source": 2, "target": i + 2} for i in range(count)]
    text = json.dumps({"format": 2, "roots": roots, "elements": elements, "links": links})
    copies = clipboard.paste(Project(KINDS, LINKS), text)
    assert len(copies.unlinked) == count
    assert [said == clipboard.MORE for said in copies.unlinked] == [False] * 3 + [True] * (count - 3)
    assert copies.report.startswith(f"{count} links were not copied. The first: ")
