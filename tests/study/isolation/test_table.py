"""Losses of VMs to others in words."""

from __future__ import annotations

from designer.study.isolation.table import ranked


def test_that_those_that_take_as_much_stand_in_the_order_of_their_names() -> None:
    names = {1: "vm-10", 2: "vm-2", 3: "vm-1", 4: "db", 5: "h"}
    found = ranked([(1, 0.1), (2, 0.1 + 1e-9), (5, 0.1), (4, 0.3), (3, 0.1)], [5], names.__getitem__)
    assert [name for name, _ in found] == ["db", "migrations of h", "vm-1", "vm-2", "vm-10"]
