"""Names of traces beside names of VMs: what counts as the same name."""

from __future__ import annotations

import pytest

from designer.exchange.matching import match


@pytest.mark.parametrize(
    ("vm", "trace"),
    [
        ("web-1", "WEB-1.lab.local"),
        (" web-1", "web-1 "),
        ("caf\u00e9", "cafe\u0301"),
        ("STRASSE", "straße"),
        ("web-1", "web-1.lab.local:9100"),
        ("10.0.0.1", "10.0.0.1:9100"),
        ("fe80::1", "FE80::1"),
        ("vm-17", "17"),
    ],
)
def test_that_a_trace_finds_the_vm_of_its_name_however_that_is_written(vm: str, trace: str) -> None:
    assert match(["other", vm], [trace], "load.csv").rows == {1: 0}


def test_that_addresses_that_differ_at_their_end_stay_apart() -> None:
    names = ["fe80::1", "fe80::2", "10.0.0.1", "10.0.0.2"]
    assert match(names, names[::-1], "load.csv").rows == {0: 3, 1: 2, 2: 1, 3: 0}
