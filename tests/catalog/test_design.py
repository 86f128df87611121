"""The design itself as an element."""

from __future__ import annotations

import re

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.errors import RuleError, SpecError
from designer.model.element import ROOT_ID
from designer.model.fields import field_specs, form_fields
from designer.model.project import Project
from designer.study.build import build


@pytest.mark.parametrize("start", ["soon", "0001-01-01 00:00+23:00", "9999-12-31 23:59-05:00"])
def test_that_a_start_of_no_year_of_utc_is_refused_where_it_is_given_and_where_a_run_is_built(start: str) -> None:
    project = Project(KINDS, LINKS)
    with pytest.raises(RuleError, match="is not a date"):
        edit.change(project, [ROOT_ID], {"start_utc": start})
    project.root.__dict__["start_utc"] = start  # as a foreign file may hold it
    with pytest.raises(SpecError, match=f"the start “{re.escape(start)}” is not a date"):
        build(project)


def test_that_the_smt_yield_of_rented_capacity_is_an_assumption_that_may_be_edited() -> None:
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    for name in ("m5.large", "m7g.large"):
        edit.apply_preset(project, [edit.place(project, "vm", zone)], name)
    assert [vm.thread_frac for vm in build(project).vms] == [0.625, 1.0]
    edit.change(project, [ROOT_ID], {"provider_smt_yield": 0.1})
    assert [vm.thread_frac for vm in build(project).vms] == [0.55, 1.0]
    assert field_specs(KINDS["design"].table)["provider_smt_yield"].confidence == "C"


def test_that_only_the_design_has_no_foreign_id_in_its_form() -> None:
    """It stands for nothing in an estate, so there is no id that an update could match."""
    without = [name for name, kind in KINDS.items() if "foreign_id" not in {f.name for f in form_fields(kind.table)}]
    assert without == ["design"]
