"""The quantities of a run are data, and every one that a run tells can be read."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from designer.engine import Constant, Domain, Flow, Host, Limit, Queueing, Service, Spec, Vm, simulate
from designer.errors import RuleError
from designer.study.results.quantities import DESIGN, LIMIT, OF_PLACES, PLACE, QUANTITIES, SERVICE, Quantity
from designer.study.results.reading import RunResults
from designer.study.series import SeriesReader
from designer.study.summary import VmFigures

ZONE, DISK, HOST, WEB, OTHER, SHOP = 1, 3, 10, 20, 21, 30
ENDS = {
    "fraction": "_frac", "W": "_w", "req/s": "_rps", "s": "_s", "MHz": "_mhz", "MiB": "_mib", "ms": "_ms", "GB": "_gb",
    "Mbit/s": "_mbps", "IOPS": "_iops", "USD": "_usd", "°C": "_c", "Wh": "_wh",
}  # fmt: skip


@pytest.mark.parametrize("of", QUANTITIES, ids=lambda of: f"{of.of}-{of.name}")
def test_that_the_name_of_a_quantity_is_a_word_that_ends_in_its_unit(of: Quantity) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", of.name)
    assert not of.unit or of.name.endswith(ENDS[of.unit])
    assert of.unit or not of.name.endswith(tuple(ENDS.values()))


def test_that_no_two_quantities_of_the_same_have_one_name_and_no_two_lanes() -> None:
    names = Counter((of.of, of.kept, of.name) for of in QUANTITIES)
    lanes = Counter(of.lane for of in OF_PLACES if of.lane)
    assert {name for name, count in (names + lanes).items() if count > 1} == set()  # type: ignore[operator]


def results() -> RunResults:
    """A host with a disk, a VM that reads from it, and a service of another VM."""
    spec = Spec(
        domains=[Domain(ZONE, 0, "zone", "a"), Domain(DISK, ZONE, "volume", "data")],
        hosts=[Host(HOST, ZONE, 4, 1000.0, 8192.0, "h", power_w=(100.0, 200.0))],
        vms=[
            Vm(WEB, HOST, 2, 1000.0, 64.0, Constant(0.5), "web", service=SHOP),
            Vm(OTHER, HOST, 2, 1000.0, 64.0, Constant(1.0), "other"),
        ],
        services=[Service(SHOP, Constant(10.0), 50.0, "shop", queueing=Queueing())],
        limits=[Limit(DISK, "iops", 100.0, name="data")],
        flows=[Flow(OTHER, 200.0, DISK, 4.0, (DISK,))],
        until_s=900.0,
    )
    result = simulate(spec)
    return RunResults(spec, SeriesReader(spec).read(result.store), VmFigures.of(result), {WEB: "web", OTHER: "other"})


def test_that_every_quantity_that_a_run_tells_is_read_of_all_that_have_it() -> None:
    run = results()
    told = {of.of for of in run.quantities}
    assert {PLACE, SERVICE, LIMIT, DESIGN} <= told
    for of in run.quantities:
        which, cells = run.table(of)
        assert np.asarray(cells[:, :]).shape == (3, which.size), of.name
        assert which.max(initial=-1) < len(run.owners(of.of).ids), of.name
    assert {of.name for of in run.figures} >= {"mean_frac", "steal_frac", "disk_served_iops", "active_mib"}


def test_that_a_series_is_found_by_name_and_by_id_with_its_unit_and_times() -> None:
    run = results()
    power = run.series("power_w", "h")
    assert (power.id, power.kind, power.unit) == (HOST, "host", "W")
    assert power.time_s.tolist() == [0.0, 300.0, 600.0]
    # web works 10 x 50 of 4,000 MHz; the other one waits for half of its disk operations, and does 1,000.
    assert power.values == pytest.approx([100.0 + 100.0 * 1500.0 / 4000.0] * 3)
    assert run.series("power_w", ZONE).values.tolist() == power.values.tolist()
    assert run.series("iops_used_frac", "data").values.tolist() == [1.0, 1.0, 1.0]
    assert run.series("served_rps", "shop").values == pytest.approx([10.0, 10.0, 10.0])
    assert run.series("vms_running").values.tolist() == [2.0, 2.0, 2.0]
    assert run.figure("disk_served_iops", "other") == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("quantity", "element", "said"),
    [
        ("watts", "h", "The run tells no watts. It tells used_frac, "),
        ("power_w", "shop", "The run tells no power_w of shop."),
        ("served_rps", None, "The run tells no served_rps of the design."),
    ],
)
def test_that_what_a_run_does_not_tell_is_said(quantity: str, element: str | None, said: str) -> None:
    with pytest.raises(RuleError) as refusal:
        results().series(quantity, element)
    assert str(refusal.value).startswith(said)
