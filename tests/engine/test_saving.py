"""A run that is kept and revived is the same run: same digest, same moments, same branches."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.engine.result.blocks import Block, blocks_of, columns_of
from designer.engine.result.memory import FIGURES
from designer.engine.result.saving import spec_digest
from designer.engine.simulation import Simulation
from designer.engine.spec import Constant, Domain, Host, Spec, TimedEvent, Vm
from designer.errors import EngineError
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.build import build
from tests.engine.alike import same_moment

EXAMPLE = Path(__file__).parent.parent.parent / "resources" / "examples" / "web-shop.clouddesign"


@pytest.fixture(scope="module")
def spec() -> Spec:
    project = Project(KINDS, LINKS, project_file.load(EXAMPLE).rows)
    return build(project, until_s=6 * 3600.0)


@pytest.fixture(scope="module")
def ran(spec: Spec) -> Simulation:
    zone = next(d.id for d in spec.domains if d.name == "ap-south-1b")
    run = Simulation(spec)
    run.advance(3600.0)
    run.inject(TimedEvent(3600.0, "fail", zone))
    run.advance(9000.0)
    run.inject(TimedEvent(9000.0, "recover", zone))
    run.advance(20_000.0)
    return run


def kept(run: Simulation) -> list[Block]:
    return list(blocks_of(run.columns()))


def again(spec: Spec, run: Simulation, folder: Path | None = None) -> Simulation:
    return Simulation.revived(spec, columns_of(kept(run)), run.events, run.time_s, folder)


@pytest.mark.parametrize("mapped", [False, True])
def test_that_a_revived_run_has_the_digest_the_figures_and_the_moments_of_the_first(
    spec: Spec, ran: Simulation, tmp_path: Path, mapped: bool
) -> None:
    revived = again(spec, ran, tmp_path / "series" if mapped else None)
    one, other = ran.result(), revived.result()
    assert other.digest() == one.digest()
    assert other.log == one.log
    assert other.total_energy_wh == one.total_energy_wh
    assert np.array_equal(other.vms.percentile(0.95), one.vms.percentile(0.95), equal_nan=True)
    for time_s in (0.0, 3599.0, 3600.0, 3700.0, 8999.5, 9100.0, 20_000.0):
        same_moment(ran.moment(time_s), revived.moment(time_s))


def test_that_a_revived_run_tells_what_memory_its_vms_had() -> None:
    host = Host(1, 3, 16, 1000.0, 16_384.0, "host", memory="esxi")
    vms = [Vm(10 + n, 1, 1, 1000.0, 8192.0, Constant(0.5), f"vm-{n}", active=Constant(0.25)) for n in range(3)]
    tight = Spec(domains=[Domain(3, 0, "zone", "zone")], hosts=[host], vms=vms, until_s=3600.0)
    run = Simulation(tight)
    run.advance(1800.0)
    one, other = run.result(), again(tight, run).result()
    assert one.memory.mean("ballooned").min() > 0.0
    assert all(np.array_equal(one.memory.mean(name), other.memory.mean(name)) for name in FIGURES)
    assert other.digest() == one.digest()


def test_that_a_branch_from_a_revived_run_is_the_branch_from_the_first(spec: Spec, ran: Simulation) -> None:
    one, other = ran.branch(5000.0), again(spec, ran).branch(5000.0)
    for run in (one, other):
        run.inject(TimedEvent(5000.0, "fail", spec.hosts[0].id))
        run.advance(spec.until_s)
    assert one.result().digest() == other.result().digest()


def test_that_a_finished_run_is_finished_when_it_is_revived(spec: Spec) -> None:
    run = Simulation(spec)
    run.advance(spec.until_s)
    assert again(spec, run).done


def test_that_a_run_of_another_spec_is_refused(spec: Spec, ran: Simulation) -> None:
    columns = columns_of(kept(ran))
    for other in (replace(spec, until_s=3600.0), replace(spec, vms=spec.vms[1:]), replace(spec, sample_s=600.0)):
        with pytest.raises(EngineError, match="another version"):
            Simulation.revived(other, columns, (), ran.time_s, None)


@pytest.mark.parametrize("name", ["log_what", "log_detail", "change_vms", "change_unit", "change_vms_count", "filled"])
@pytest.mark.parametrize("value", [-2, 10**9])
def test_that_columns_that_point_nowhere_are_refused(spec: Spec, ran: Simulation, name: str, value: int) -> None:
    columns = columns_of(kept(ran))
    spoiled = columns[name].astype(np.int64)
    spoiled[0] = value
    with pytest.raises(EngineError):
        Simulation.revived(spec, {**columns, name: spoiled}, (), ran.time_s, None)


@pytest.mark.parametrize("name", ["allocated", "vm_bins", "log_time_s", "log_details", "change_time_s", "counts"])
def test_that_a_run_without_a_column_is_refused(spec: Spec, ran: Simulation, name: str) -> None:
    columns = columns_of(kept(ran))
    del columns[name]
    with pytest.raises(EngineError, match="another version"):
        Simulation.revived(spec, columns, (), ran.time_s, None)


def test_that_the_fingerprint_of_a_spec_sees_every_part_but_the_events(spec: Spec) -> None:
    here = spec_digest(spec)
    assert spec_digest(spec.with_events([TimedEvent(0.0, "fail", spec.hosts[0].id)])) == here
    others = [
        replace(spec, seed=spec.seed + 1),
        replace(spec, hosts=(replace(spec.hosts[0], cores=99), *spec.hosts[1:])),
        replace(spec, vms=tuple(reversed(spec.vms))),
        replace(spec, services=()),
        replace(spec, until_s=1.0),
    ]
    assert len({here, *map(spec_digest, others)}) == len(others) + 1


# -- blocks


ARRAYS = {
    "a": np.random.default_rng(1).random((4000, 70)),
    "empty": np.zeros((0, 3)),
    "bits": np.array([True, False]),
    "bytes": np.arange(7, dtype=np.uint8),
    "flat": np.arange(300_000, dtype=np.int64),
    "small": np.ones((2, 3), np.float32),
}


def test_that_blocks_give_back_what_was_put_in() -> None:
    blocks = list(blocks_of(ARRAYS))
    assert {block.name for block in blocks} == set(ARRAYS)
    assert sum(block.name == "a" for block in blocks) == 3
    back = columns_of(reversed(blocks))
    for name, found in ARRAYS.items():
        assert back[name].dtype == found.dtype
        assert np.array_equal(back[name], found)


def bomb() -> Block:
    data = zlib.compress(bytes(64 << 20), 9)
    return Block("a", 0, "<f8", (4,), zlib.crc32(data), data)


@pytest.mark.parametrize(
    "change",
    [
        lambda b: replace(b, data=b.data[:-5]),
        lambda b: replace(b, data=b"x", checksum=zlib.crc32(b"x")),
        lambda b: replace(b, shape=(b.shape[0] + 1, *b.shape[1:])),
        lambda b: replace(b, shape=(-4, -2)),
        lambda b: replace(b, shape=(2**40,)),
        lambda b: replace(b, dtype="O"),
        lambda b: replace(b, dtype="<f4"),
        lambda b: replace(b, part=1),
        lambda b: bomb(),
    ],
)
def test_that_a_block_that_is_not_what_was_written_is_refused(change: Any) -> None:
    block = next(blocks_of({"a": np.random.default_rng(2).random((50, 4))}))
    with pytest.raises(EngineError, match="damaged"):
        columns_of([change(block)])
