"""The design itself as an element."""

from __future__ import annotations

from designer.catalog import KINDS
from designer.model.fields import form_fields


def test_that_only_the_design_has_no_foreign_id_in_its_form() -> None:
    """It stands for nothing in an estate, so there is no id that an update could match."""
    without = [name for name, kind in KINDS.items() if "foreign_id" not in {f.name for f in form_fields(kind.table)}]
    assert without == ["design"]
