"""Parts of designs go to other designs whole: what they refer to comes along, they stand legally, and they run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.saved.trace import Trace, pack, unpack
from designer.catalog.presets.own import OwnPreset
from designer.commands import clipboard, edit, presets, transfer
from designer.engine.spec.check import check
from designer.errors import RuleError
from designer.model.element import ROOT_ID, make, values
from designer.model.project import Project
from designer.store.exchange.sharing import to_share
from designer.store.file import project_file
from designer.study.build import build
from designer.study.headless import run_headless
from tests.store.designs import all_changed

LOAD = np.array([[10, 20, 30], [40, 50, 60]], np.uint8)


def by_name(project: Project, name: str) -> int:
    (found,) = (i for i, e in project.elements.items() if e.name == name)
    return found


@pytest.fixture
def site(project: Project) -> Project:
    """Two zones with a host each; the VM of the first follows a trace, is made from a preset, and is of a service."""
    region = edit.place(project, "region", name="region")
    with project.edit("Trace"):
        trace = project.add(make(Trace, {"name": "load", "origin": "load.csv", **pack(LOAD)}))
    presets.save(project, OwnPreset("vm", "mine", {"vcpus": 3}))
    service = edit.place(project, "service", name="shop")
    for n in range(2):
        host = edit.place(project, "host", edit.place(project, "zone", region, name=f"zone-{n}"), name=f"host-{n}")
        vm = edit.place(project, "vm", host, name=f"vm-{n}")
        if not n:
            edit.change(project, [vm], {"demand": "trace", "trace": trace, "trace_row": 1, "preset": "mine"})
            edit.connect(project, "member", vm, service)
    return project


def kinds_and_names(project: Project) -> list[tuple[str, str]]:
    return sorted((e.kind, e.name) for e in project.elements.values() if e.id != ROOT_ID)


# -- export


def test_that_a_part_is_a_design_of_its_own_with_all_that_it_needs(site: Project, tmp_path: Path) -> None:
    before = [values(row) for row in site.rows()]
    rows = transfer.extract(site, [by_name(site, "host-0")])
    assert [values(row) for row in site.rows()] == before
    project_file.save(tmp_path / "part.clouddesign", rows)
    loaded = project_file.load(tmp_path / "part.clouddesign")
    assert loaded.warnings == []
    part = Project(KINDS, LINKS, loaded.rows)
    assert kinds_and_names(part) == [
        ("host", "host-0"), ("preset", "mine"), ("region", "region"), ("service", "shop"), ("trace", "load"),
        ("vm", "vm-0"), ("zone", "zone-0"),
    ]  # fmt: skip
    assert part.root.name == "host-0"
    assert [link.kind for link in part.links.values()] == ["member"]
    vm = part.elements[by_name(part, "vm-0")].__dict__
    trace = part.elements[vm["trace"]]
    assert isinstance(trace, Trace)
    assert (unpack(trace).tolist(), vm["trace_row"], vm["preset"]) == (LOAD.tolist(), 1, "mine")
    check(build(part))
    assert run_headless(part, until_s=3600.0).result.filled > 0


def test_that_what_a_part_stands_in_is_only_as_large_as_the_part(site: Project) -> None:
    part = Project(KINDS, LINKS, transfer.extract(site, [by_name(site, "host-0")]))
    there, here = (p.elements[by_name(p, "region")] for p in (site, part))
    assert here.w < there.w


def test_that_every_kind_can_be_a_design_of_its_own(tmp_path: Path) -> None:
    whole = Project(KINDS, LINKS, all_changed())
    for element in list(whole.elements.values()):
        if element.id != ROOT_ID:
            rows = transfer.extract(whole, [element.id])
            project_file.save(tmp_path / "part.clouddesign", rows)
            part = project_file.load(tmp_path / "part.clouddesign")
            assert element.id in {row.id for row in part.rows}, element.kind


def test_that_nothing_selected_is_no_design(site: Project) -> None:
    with pytest.raises(RuleError, match="Select one or more elements for the new design"):
        transfer.extract(site, [ROOT_ID])


# -- insert


def test_that_a_design_is_inserted_as_one_step_with_all_that_it_refers_to(site: Project) -> None:
    target = Project(KINDS, LINKS)
    edit.place(target, "region", name="mine")
    before = {row.id: values(row) for row in target.rows()}
    made = transfer.insert(target, list(site.rows()), "site", (500.0, 0.0))
    names = {target.elements[i].name for i in made}
    assert names == {"region", "shop"}
    assert set(kinds_and_names(site)) < set(kinds_and_names(target))
    assert not set(site.elements) & set(target.elements) - {ROOT_ID}
    assert len(target.links) == 1
    vm = target.elements[by_name(target, "vm-0")].__dict__
    trace = target.elements[vm["trace"]]
    assert isinstance(trace, Trace)
    assert unpack(trace).tolist() == LOAD.tolist()
    assert target.history.undo_text == "Insert site"
    target.undo()
    assert {row.id: values(row) for row in target.rows()} == before


def test_that_a_design_inserted_twice_has_its_trace_once(site: Project) -> None:
    target = Project(KINDS, LINKS)
    for _ in range(2):
        transfer.insert(target, list(site.rows()), "site")
    assert len(target.of_kind("trace")) == len(target.of_kind("preset")) == 1
    assert len(target.of_kind("vm")) == 4


def test_that_an_empty_design_is_not_inserted(project: Project) -> None:
    with pytest.raises(RuleError, match="nothing holds nothing to insert"):
        transfer.insert(project, list(Project(KINDS, LINKS).rows()), "nothing")


# -- between windows


def test_that_what_is_pasted_into_another_design_brings_its_trace_and_preset(site: Project) -> None:
    target = Project(KINDS, LINKS)
    zone = edit.place(target, "zone", edit.place(target, "region"))
    text = clipboard.copy(site, [by_name(site, "host-0")])
    clipboard.paste(target, text, zone)
    vm = target.elements[by_name(target, "vm-0")].__dict__
    assert target.elements[vm["trace"]].name == "load"
    assert [own.name for own in presets.presets_of(target, "vm")] == ["mine"]
    target.undo()
    assert target.of_kind("trace") == target.of_kind("preset") == []


def test_that_pasting_in_the_same_design_brings_nothing(site: Project) -> None:
    text = clipboard.copy(site, [by_name(site, "host-0")])
    clipboard.paste(site, text, by_name(site, "zone-1"))
    assert len(site.of_kind("trace")) == len(site.of_kind("preset")) == 1


def test_that_a_preset_of_the_same_name_in_the_other_design_stays_what_it_is(site: Project) -> None:
    target = Project(KINDS, LINKS)
    zone = edit.place(target, "zone", edit.place(target, "region"))
    presets.save(target, OwnPreset("vm", "mine", {"vcpus": 9}))
    clipboard.paste(target, clipboard.copy(site, [by_name(site, "host-0")]), zone)
    assert [dict(own.fields) for own in presets.presets_of(target, "vm")] == [{"vcpus": 9}]


def test_that_a_reference_to_what_is_in_neither_design_is_none(site: Project) -> None:
    target = Project(KINDS, LINKS)
    zone = edit.place(target, "zone", edit.place(target, "region"))
    text = clipboard.copy(site, [by_name(site, "host-0")], bring=False)
    clipboard.paste(target, text, zone)
    assert target.elements[by_name(target, "vm-0")].__dict__["trace"] == 0


# -- to share


def test_that_a_copy_to_share_holds_the_presets_of_the_library_that_it_uses(site: Project, tmp_path: Path) -> None:
    host = by_name(site, "host-0")
    edit.change(site, [host], {"preset": "big"})
    library = [OwnPreset("host", "big", {"cores": 77}), OwnPreset("host", "unused", {"cores": 1}),
               OwnPreset("vm", "mine", {"vcpus": 8})]  # fmt: skip
    project_file.save(tmp_path / "copy.clouddesign", to_share(site.rows(), library))
    copy = Project(KINDS, LINKS, project_file.load(tmp_path / "copy.clouddesign").rows)
    assert [(own.kind, own.name, dict(own.fields)) for own in presets.presets_of(copy)] == [
        ("host", "big", {"cores": 77}), ("vm", "mine", {"vcpus": 3})
    ]  # fmt: skip
    edit.change(copy, [host], {"cores": 1})
    presets.reset(copy, [host], presets.presets_of(copy))
    assert copy.elements[host].__dict__["cores"] == 77


def test_that_a_copy_without_notes_holds_none(tmp_path: Path) -> None:
    rows = all_changed()
    assert any(row.note for row in rows if hasattr(row, "note"))
    project_file.save(tmp_path / "copy.clouddesign", to_share(rows, [], notes=False))
    copy = project_file.load(tmp_path / "copy.clouddesign").rows
    assert not any(row.note for row in copy if hasattr(row, "note"))
    assert "note" not in {getattr(row, "kind", "") for row in copy}
    assert {row.id for row in rows} - {row.id for row in copy} == {row.id for row in rows if row.kind == "note"}
