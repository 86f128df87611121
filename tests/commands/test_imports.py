"""What other programs' files become in a design: all of it in one step of undo, or refused with nothing changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.saved.trace import Trace, unpack
from designer.commands import edit, imports
from designer.errors import DesignerError, RuleError
from designer.exchange.traces_csv import Traces
from designer.model import layout
from designer.model.element import ROOT_ID, values
from designer.model.project import Project

LOADS = np.array([[10, 20, 30], [40, 50, 60], [70, 80, 90]], dtype=np.uint8)
TRACE = Traces(LOADS, ["0", "1", "2"], 600.0, "load.csv.xz", named=False)


def loads(values: np.ndarray, names: Sequence[str]) -> Traces:
    """Traces as a reader gives them; numbers are no names."""
    return Traces(values, list(names), 300.0, "load.csv", named=not names[0].isdigit())


def host(name: str = "", **fields: Any) -> dict[str, Any]:
    """A row of a file of hosts: 8 cores, 32 GiB."""
    return {**({"name": name} if name else {}), "cores": 8, "mhz": 2400.0, "ram_mib": 32768.0, **fields}


def vm(name: str = "", **fields: Any) -> dict[str, Any]:
    """A row of a file of VMs: 2 vCPUs, 4 GiB."""
    return {**({"name": name} if name else {}), "vcpus": 2, "ram_mib": 4096.0, **fields}


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


def named(project: Project, name: str) -> Any:
    """The one element of a name."""
    (found,) = [element for element in project.elements.values() if element.name == name]
    return found


def home(project: Project, name: str) -> str:
    """The name of what an element stands in."""
    return str(project.elements[named(project, name).parent].name)


def children(project: Project, parent: int) -> list[str]:
    """Names of what stands in an element, in order."""
    return [project.elements[i].name for i in project.children(parent)]


def assert_refused(project: Project, sentence: str, *args: Any, **options: Any) -> None:
    """Importing machines is refused with a sentence, and the design and its history are as before."""
    before, steps = state(project), len(project.history.steps)
    with pytest.raises(RuleError) as refused:
        imports.import_machines(project, *args, **options)
    assert str(refused.value) == sentence
    assert (state(project), len(project.history.steps)) == (before, steps)


# -- machines: what stands where


def test_that_hosts_stand_in_the_racks_that_the_file_names(project: Project) -> None:
    hosts = [host("h1", rack="east"), host("h2", rack="west"), host("h3", rack="east")]
    center = imports.import_machines(project, hosts, [], name="fleet").center
    assert (project.elements[center].kind, project.elements[center].name) == ("data_center", "fleet")
    assert project.elements[center].parent == ROOT_ID
    assert children(project, center) == ["east", "west"]
    assert [children(project, i) for i in project.children(center)] == [["h1", "h3"], ["h2"]]
    assert {project.elements[i].kind for i in project.children(center)} == {"rack"}


def test_that_hosts_without_a_rack_fill_racks_of_twenty(project: Project) -> None:
    center = imports.import_machines(project, [host() for _ in range(45)], []).center
    assert children(project, center) == ["rack-1", "rack-2", "rack-3"]
    assert [len(project.children(i)) for i in project.children(center)] == [20, 20, 5]


def test_that_racks_sort_by_their_names_when_there_are_many(project: Project) -> None:
    center = imports.import_machines(project, [host() for _ in range(201)], []).center
    names = children(project, center)
    assert (names[0], names[-1]) == ("rack-01", "rack-11")
    assert names == sorted(names)


def test_that_a_named_rack_takes_sixty_hosts_and_no_more(project: Project) -> None:
    center = imports.import_machines(project, [host(rack="r") for _ in range(60)], []).center
    assert [len(project.children(i)) for i in project.children(center)] == [60]
    sentence = "host-60 cannot be placed here: r has 60 U, 60 U are taken and it needs 1 U."
    assert_refused(project, sentence, [host(rack="r") for _ in range(61)], [])


def test_that_all_fields_of_the_rows_arrive(project: Project) -> None:
    given_host = host("h1", threads_per_core=2, idle_w=90.0, full_w=130.0, power_points_w="90,130", sharing="max_min")
    given_vm = vm("web", host="h1", mhz=1200.0, shares=500.0, load_frac=0.75)
    imports.import_machines(project, [given_host], [given_vm])
    for name, row in (("h1", given_host), ("web", given_vm)):
        fields = values(named(project, name))
        assert {field: fields[field] for field in row if field != "host"} == {
            f: v for f, v in row.items() if f != "host"
        }


def test_that_rows_without_a_name_are_named_by_place_and_numbers_by_kind(project: Project) -> None:
    imports.import_machines(project, [host(), host("17"), host("h")], [vm(), vm("17"), vm("v")])
    kinds = {kind: [element.name for element in project.of_kind(kind)] for kind in ("host", "vm")}
    assert kinds == {"host": ["host-0", "host-17", "h"], "vm": ["vm-0", "vm-17", "v"]}


def test_that_a_vm_stands_on_the_host_it_names(project: Project) -> None:
    imports.import_machines(project, [host("h1"), host("2")], [vm("a", host="2"), vm("b", host="h1")])
    assert (home(project, "a"), home(project, "b")) == ("host-2", "h1")


def test_that_a_vm_without_a_host_goes_where_most_memory_is_free(project: Project) -> None:
    hosts = [host("small", ram_mib=8192.0), host("large", ram_mib=16384.0)]
    vms = [vm("a", ram_mib=6144.0), vm("b", ram_mib=4096.0), vm("c"), vm("d")]
    imports.import_machines(project, hosts, vms)
    assert [home(project, name) for name in "abcd"] == ["large", "large", "small", "large"]


def test_that_a_vm_without_a_host_passes_by_hosts_of_too_few_threads(project: Project) -> None:
    hosts = [host("wide", cores=2, ram_mib=65536.0), host("deep", cores=4, threads_per_core=2)]
    imports.import_machines(project, hosts, [vm("a", vcpus=8), vm("b", vcpus=2)])
    assert (home(project, "a"), home(project, "b")) == ("deep", "wide")


def test_that_a_vm_without_a_clock_takes_its_hosts(project: Project) -> None:
    imports.import_machines(project, [host("h", mhz=3300.0)], [vm("a"), vm("b", mhz=1000.0)])
    assert (named(project, "a").mhz, named(project, "b").mhz) == (3300.0, 1000.0)


def test_that_a_host_that_is_named_may_be_given_more_memory_than_it_has(project: Project) -> None:
    imports.import_machines(project, [host("h", ram_mib=8192.0)], [vm(name, host="h") for name in "abc"])
    assert children(project, named(project, "h").id) == ["a", "b", "c"]


def assert_well_drawn(project: Project) -> None:
    """No two boxes of one parent overlap, and each stands inside its parent."""
    for parent in project.elements:
        boxes = [layout.rect_of(project, i) for i in layout.drawn_children(project, parent)]
        for one, other in combinations(boxes, 2):
            apart = one.x + one.w <= other.x or other.x + other.w <= one.x
            assert apart or one.y + one.h <= other.y or other.y + other.h <= one.y
        if parent != ROOT_ID:
            size = project.elements[parent]
            assert all(b.x >= 0 and b.x + b.w <= size.w and b.y >= 0 and b.y + b.h <= size.h for b in boxes)


def test_that_a_second_import_stands_beside_the_first(project: Project) -> None:
    hosts, vms = [host() for _ in range(50)], [vm() for _ in range(120)]
    first = imports.import_machines(project, hosts, vms).center
    spot = layout.rect_of(project, first)
    second = imports.import_machines(project, hosts, vms).center
    assert layout.rect_of(project, first) == spot
    assert second != first
    assert_well_drawn(project)


# -- machines: with a trace


def test_that_a_trace_is_the_vms_load_row_after_row(project: Project) -> None:
    imports.import_machines(project, [host()], [vm(name) for name in "abcd"], TRACE)
    (trace,) = project.of_kind("trace")
    assert isinstance(trace, Trace)
    assert (trace.name, trace.origin, trace.step_s, trace.parent) == ("load", "load.csv.xz", 600.0, ROOT_ID)
    assert np.array_equal(unpack(trace), LOADS)
    fields = [values(named(project, name)) for name in "abcd"]
    assert [(v["demand"], v["trace"], v["trace_row"]) for v in fields] == [("trace", trace.id, n) for n in (0, 1, 2, 0)]


def test_that_rows_and_shifts_of_the_file_count(project: Project) -> None:
    vms = [vm("a", trace_row=2, trace_shift=5), vm("b"), vm("c", trace_row=0)]
    imports.import_machines(project, [host()], vms, TRACE)
    fields = [values(named(project, name)) for name in "abc"]
    assert [(v["trace_row"], v["trace_shift"]) for v in fields] == [(2, 5), (1, 0), (0, 0)]


def test_that_rows_of_a_trace_that_is_not_given_mean_nothing(project: Project) -> None:
    imports.import_machines(project, [host()], [vm("a", trace_row=99, trace_shift=5, load_frac=0.5)])
    fields = values(named(project, "a"))
    assert (fields["demand"], fields["trace"], fields["trace_row"], fields["trace_shift"]) == ("constant", 0, 0, 0)
    assert project.of_kind("trace") == []


@pytest.mark.parametrize(
    ("step_s", "until_h", "sample_s"),
    [(600.0, 0.5, 600.0), (0.25, 0.75 / 3600, 1.0), (86400.0, 72.0, 86400.0), (604800.0, 504.0, 86400.0)],
)
def test_that_the_run_is_as_long_as_the_trace(project: Project, step_s: float, until_h: float, sample_s: float) -> None:
    imports.import_machines(project, [host()], [vm()], Traces(LOADS, ["0", "1", "2"], step_s, "x.csv", named=False))
    fields = values(project.root)
    assert (fields["until_h"], fields["sample_s"]) == (pytest.approx(until_h), sample_s)


# -- machines: one step


def test_that_an_import_is_one_step_and_undo_leaves_an_empty_design(project: Project) -> None:
    before = state(project)
    center = imports.import_machines(project, [host("h"), host()], [vm("a", host="h"), vm()], TRACE).center
    after = state(project)
    assert (len(project.history.steps), project.history.undo_text) == (1, "Import 2 hosts and 2 VMs")
    assert project.undo() == "Import 2 hosts and 2 VMs"
    assert list(project.elements) == [ROOT_ID]
    assert state(project) == before
    project.redo()
    assert state(project) == after
    assert center in project.elements


# -- machines: what is refused


@pytest.mark.parametrize(
    ("hosts", "vms", "sentence"),
    [
        ([], [vm("a")], "There are no hosts to put the VMs on."),
        (
            [host("h"), host("i", cores=4, threads_per_core=4)],
            [vm("a"), vm("big", vcpus=17)],
            "VM big asks for 17 vCPUs and 4,096 MiB; no host is that large (most: 16 threads, 32,768 MiB).",
        ),
        (
            [host("h")],
            [vm(), vm(ram_mib=32769.0)],
            "VM 1 asks for 2 vCPUs and 32,769 MiB; no host is that large (most: 8 threads, 32,768 MiB).",
        ),
        ([host("h")], [vm("a", host="g")], "VM a stands on host g, which is not among the hosts."),
        (
            [host("h"), host("i", cores=16)],
            [vm("a", vcpus=16, host="h")],
            "VM a is larger than its host h.",
        ),
        (
            [host("h"), host("i", ram_mib=65536.0)],
            [vm("a", ram_mib=65536.0, host="h")],
            "VM a is larger than its host h.",
        ),
        (
            [host("h", ram_mib=6144.0)],
            [vm("a"), vm("b")],
            "VM b fits on no host: none with 2 threads or more has 4,096 MiB free.",
        ),
        (
            [host("wide", cores=16, ram_mib=1024.0), host("deep", cores=1)],
            [vm("a")],
            "VM a fits on no host: none with 2 threads or more has 4,096 MiB free.",
        ),
        (
            [host("h"), host("h")],
            [vm("a", host="h")],
            "VM a stands on host h; 2 hosts have that name.",
        ),
        ([host("h", sharing="fair")], [], "h: CPU sharing must be one of reserved, proportional, max_min, "
         "weighted_max_min."),
        ([host("h", cores=5000)], [], "h: Cores must be a whole number from 1 to 4,096."),
        ([host("h")], [vm("a", mhz=50_000.0)], "a: Clock per vCPU must be a number above 0 MHz, at most 20 GHz."),
    ],
)  # fmt: skip
def test_that_machines_that_cannot_be_are_refused_whole(
    project: Project, hosts: Sequence[Mapping[str, Any]], vms: Sequence[Mapping[str, Any]], sentence: str
) -> None:
    assert_refused(project, sentence, hosts, vms)
    assert_refused(project, sentence, hosts, vms, TRACE)


def test_that_a_row_that_the_trace_does_not_have_is_refused(project: Project) -> None:
    sentence = "VM b asks for trace row 3; there are 3."
    assert_refused(project, sentence, [host()], [vm("a", trace_row=2), vm("b", trace_row=3)], TRACE)


def test_that_hosts_may_share_a_name_that_no_vm_asks_for(project: Project) -> None:
    imports.import_machines(project, [host("h"), host("h"), host("i")], [vm("a", host="i"), vm("b")])
    assert [element.name for element in project.of_kind("host")] == ["h", "h", "i"]
    assert home(project, "a") == "i"


MACHINE = st.builds(
    lambda cores, gib, rack: {
        "cores": cores,
        "mhz": 2000.0,
        "ram_mib": gib * 1024.0,
        **({"rack": rack} if rack else {}),
    },
    st.integers(1, 16),
    st.integers(1, 64),
    st.sampled_from(["", "", "r1", "r2"]),
)
GUEST = st.builds(lambda vcpus, gib: {"vcpus": vcpus, "ram_mib": gib * 1024.0}, st.integers(1, 17), st.integers(1, 48))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hosts=st.lists(MACHINE, max_size=30), vms=st.lists(GUEST, max_size=20))
def test_that_any_machines_stand_within_their_hosts_or_nothing_is_changed(
    hosts: list[dict[str, Any]], vms: list[dict[str, Any]]
) -> None:
    project = Project(KINDS, LINKS)
    before = state(project)
    try:
        imports.import_machines(project, hosts, vms, TRACE)
    except RuleError:
        assert state(project) == before
        assert not project.history.steps
        return
    assert len(project.of_kind("host")) == len(hosts)
    assert len(project.of_kind("vm")) == len(vms)
    for machine in project.of_kind("host"):
        fields = [project.elements[i].__dict__ for i in project.children(machine.id)]
        assert sum(guest["ram_mib"] for guest in fields) <= machine.__dict__["ram_mib"]
        assert max((guest["vcpus"] for guest in fields), default=0) <= machine.__dict__["cores"]
    assert_well_drawn(project)
    project.undo()
    assert state(project) == before


# -- traces alone


def test_that_a_trace_is_kept_whole_in_either_unit(project: Project) -> None:
    fractions = np.array([[0.1, 1 / 3], [np.nextafter(1, 0), 0.0]])
    for found in (LOADS, fractions):
        trace = project.elements[imports.add_trace(project, found, 300.0, "a.b.csv")]
        assert isinstance(trace, Trace)
        assert (trace.name, trace.rows, trace.samples) == ("a", *found.shape)
        assert unpack(trace).dtype == found.dtype
        assert np.array_equal(unpack(trace), found)
    assert (len(project.history.steps), project.history.undo_text) == (2, "Import a.b.csv")


def test_that_a_file_of_a_long_name_gives_a_trace_and_a_data_center(project: Project) -> None:
    imports.import_machines(
        project, [host()], [vm()], Traces(LOADS, ["0", "1", "2"], 60.0, "x" * 250 + ".csv", named=False), "y" * 250
    )
    assert [element.name for kind in ("trace", "data_center") for element in project.of_kind(kind)] == [
        "x" * 200, "y" * 200
    ]  # fmt: skip


def test_that_a_file_without_a_name_gives_a_trace_with_one(project: Project) -> None:
    assert project.elements[imports.add_trace(project, LOADS, 300.0, ".csv")].name == "trace"


def test_that_machines_follow_traces_in_mhz_with_their_memory_however_many_elements_hold_them(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "PART_BYTES", 16)  # a row an element
    mhz, memory = np.array([[1200.0, 9600.0], [2400.0, 0.0]]), np.array([[0.25, 0.5], [0.75, 1.0]])
    traces = Traces(mhz, ["b", "a"], 300.0, "load.csv", scale="mhz", memory=memory)
    made = imports.import_machines(project, [host()], [vm("a"), vm("b")], traces)
    assert made.attached is not None
    assert made.attached.above == 1
    for name, cpu, ram in (("a", [0.5, 0.0], [0.75, 1.0]), ("b", [0.25, 1.0], [0.25, 0.5])):
        row = named(project, name)
        assert (row.demand, row.memory_use) == ("trace", "trace")
        assert unpack(project.elements[row.trace])[row.trace_row].tolist() == cpu  # type: ignore[arg-type]
        assert unpack(project.elements[row.memory_trace])[row.memory_trace_row].tolist() == ram  # type: ignore[arg-type]
    assert len(project.of_kind("trace")) == 4


@pytest.fixture
def vms(project: Project) -> list[int]:
    """Three VMs: web, db, cache."""
    zone = edit.place_through(project, "zone", ROOT_ID)
    return [edit.place(project, "vm", zone, name=name, trace_shift=4) for name in ("web", "db", "cache")]


def rows_of(project: Project) -> dict[str, tuple[str, int, int, int]]:
    """Load, trace, row and shift of each VM."""
    fields = {element.name: element.__dict__ for element in project.of_kind("vm")}
    return {name: (v["demand"], v["trace"], v["trace_row"], v["trace_shift"]) for name, v in fields.items()}


def test_that_vms_follow_the_rows_of_their_names(project: Project, vms: list[int]) -> None:
    said = imports.attach_traces(project, vms, loads(LOADS, ["cache", "web", "db"]))
    (trace,) = project.of_kind("trace")
    assert said.sentence == "Attached 3 VMs to load.csv, by name."
    assert rows_of(project) == {
        "web": ("trace", trace.id, 1, 0), "db": ("trace", trace.id, 2, 0), "cache": ("trace", trace.id, 0, 0)
    }  # fmt: skip


def test_that_vms_follow_row_after_row_when_no_name_is_theirs(project: Project, vms: list[int]) -> None:
    said = imports.attach_traces(project, vms, loads(LOADS, ["0", "1", "2"]))
    assert said.sentence == "Attached 3 VMs to load.csv, in row order."
    assert [row for _, _, row, _ in rows_of(project).values()] == [0, 1, 2]


def test_that_rows_begin_again_when_they_ended_and_that_is_said(project: Project, vms: list[int]) -> None:
    said = imports.attach_traces(project, vms, loads(LOADS[:2], ["0", "1"]))
    assert (
        said.sentence == "Attached 3 VMs to load.csv, in row order, starting again from the first row after the last."
    )
    assert [row for _, _, row, _ in rows_of(project).values()] == [0, 1, 0]


def test_that_only_the_vms_that_are_given_follow(project: Project, vms: list[int]) -> None:
    zone = project.elements[vms[0]].parent
    said = imports.attach_traces(project, [zone, vms[1]], loads(LOADS, ["web", "x", "db"]))
    assert said.sentence == "Attached 1 VM to load.csv, by name. Traces without a VM: web, x."
    assert {name: row[0] for name, row in rows_of(project).items()} == {
        "web": "constant", "db": "trace", "cache": "constant"
    }  # fmt: skip
    assert rows_of(project)["db"][2] == 2


def test_that_attaching_is_one_step(project: Project, vms: list[int]) -> None:
    before, steps = state(project), len(project.history.steps)
    imports.attach_traces(project, vms, loads(LOADS, ["web", "db", "cache"]))
    assert (len(project.history.steps), project.history.undo_text) == (steps + 1, "Attach traces of load.csv")
    project.undo()
    assert state(project) == before


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["web", "db", "x"], "Attached 2 VMs to load.csv, by name. VMs without a trace keep their own load: cache. "
         "Traces without a VM: x."),
        (["x", "CACHE.lab.local", "y"], "Attached 1 VM to load.csv, by name. VMs without a trace keep their own load: "
         "web, db. Traces without a VM: x, y."),
        (["Web.a", "DB", "cache.b.c"], "Attached 3 VMs to load.csv, by name."),
    ],
)  # fmt: skip
def test_that_names_match_without_case_and_domain_and_what_is_left_over_is_said(
    project: Project, vms: list[int], names: Sequence[str], said: str
) -> None:
    assert imports.attach_traces(project, vms, loads(LOADS, names)).sentence == said
    for name, (demand, _, row, shift) in rows_of(project).items():
        plain = [one.casefold().partition(".")[0] for one in names]
        assert (demand, row, shift) == (("trace", plain.index(name), 0) if name in plain else ("constant", 0, 4))


def test_that_names_of_which_none_is_on_both_sides_are_never_matched_by_place(project: Project, vms: list[int]) -> None:
    before = state(project)
    with pytest.raises(DesignerError) as refused:
        imports.attach_traces(project, vms, loads(LOADS, ["m_1", "m_2", "m_3"]))
    assert str(refused.value).startswith(
        "No trace of load.csv has the name of a VM: it has m_1, m_2, m_3; the design has"
    )
    assert state(project) == before
    said = imports.attach_traces(project, vms, loads(LOADS, ["m_1", "m_2", "m_3"]), "place")
    assert said.sentence == "Attached 3 VMs to load.csv, in row order."


def test_that_a_whole_name_counts_before_one_without_domain(project: Project) -> None:
    zone = edit.place_through(project, "zone", ROOT_ID)
    vms = [edit.place(project, "vm", zone, name=name) for name in ("web.a", "web.b", "db")]
    imports.attach_traces(project, vms, loads(LOADS, ["web.b", "DB.x", "WEB.A"]))
    assert {name: row[2] for name, row in rows_of(project).items()} == {"web.a": 2, "web.b": 0, "db": 1}


def test_that_addresses_and_vms_that_share_a_short_name_are_not_taken_for_one_another(project: Project) -> None:
    zone = edit.place_through(project, "zone", ROOT_ID)
    vms = [edit.place(project, "vm", zone, name=name) for name in ("10.0.0.1", "web.a", "web.b", "db")]
    said = imports.attach_traces(project, vms, loads(LOADS, ["x10.0.0.2", "web", "db"]))
    assert said.matching.left_vms == ["10.0.0.1", "web.a", "web.b"]
    assert said.matching.left_traces == ["x10.0.0.2", "web"]


def test_that_a_bare_number_is_the_vm_that_is_named_after_it(project: Project) -> None:
    vms = [vm("17"), vm("18", load_frac=0.5)]
    imports.import_machines(project, [host("h")], vms, Traces(LOADS, ["x", "18", "17"], 300.0, "load.csv"))
    assert {name: row[2] for name, row in rows_of(project).items()} == {"vm-17": 2, "vm-18": 1}


def test_that_vms_of_which_none_has_a_name_follow_row_after_row(project: Project) -> None:
    made = imports.import_machines(project, [host("h")], [vm(), vm()], loads(LOADS, ["a", "b", "c"]))
    assert [row[2] for row in rows_of(project).values()] == [0, 1]
    assert made.attached is not None
    assert not made.attached.matching.by_name


def test_that_two_traces_for_one_vm_are_refused_whatever_their_case(project: Project, vms: list[int]) -> None:
    with pytest.raises(DesignerError, match=r"^2 traces of load\.csv may be those of web \(WEB\.a, Web\.b\)"):
        imports.attach_traces(project, vms, loads(LOADS, ["WEB.a", "Web.b", "db"]))


def test_that_imported_vms_follow_the_trace_of_their_name_and_others_keep_their_load(project: Project) -> None:
    vms = [vm("web-1"), vm("db-1"), vm("idle", load_frac=0.05)]
    made = imports.import_machines(project, [host("h1")], vms, loads(LOADS, ["DB-1.lab", "web-1.lab", "gone"]))
    fields = {name: values(named(project, name)) for name in ("web-1", "db-1", "idle")}
    assert [(v["demand"], v["trace_row"], v["load_frac"]) for v in fields.values()] == [
        ("trace", 1, 0.3), ("trace", 0, 0.3), ("constant", 0, 0.05)
    ]  # fmt: skip
    assert made.sentence == (
        "Imported 1 host and 3 VMs, at most 0.75 vCPUs a core. Attached 2 VMs to load.csv, by name. VMs without a "
        "trace keep their own load: idle. Traces without a VM: gone."
    )


def test_that_vms_that_are_off_and_templates_stay_so_and_take_no_room(project: Project) -> None:
    off = [vm(f"off-{n}", powered_on=False, ram_mib=30_000.0) for n in range(3)]
    vms = [*off, vm("gold", template=True, ram_mib=30_000.0), vm("web", ram_mib=30_000.0)]
    made = imports.import_machines(project, [host("h")], vms)
    fields = {element.name: element.__dict__ for element in project.of_kind("vm")}
    assert [fields[name]["powered_on"] for name in ("off-0", "off-1", "off-2", "gold", "web")] == [False] * 3 + [
        True
    ] * 2
    assert [name for name, v in fields.items() if v["template"]] == ["gold"]
    assert made.most_vcpus_per_core == 0.25


@pytest.mark.parametrize(("count", "ok"), [(249_000, True), (250_001, False)])
def test_that_more_machines_than_a_design_holds_are_refused_at_once(project: Project, count: int, ok: bool) -> None:
    many = [host("h")] * (count if not ok else 1)
    if ok:
        assert imports.import_machines(project, many, []).hosts == 1
        return
    assert_refused(project, "250,001 machines are too many; a design holds at most 250,000.", many, [])


def test_that_an_estate_is_laid_out_as_if_each_had_been_placed(project: Project) -> None:
    hosts = [host(f"h{n}", rack=f"r{n % 7}") for n in range(60)]
    imports.import_machines(project, hosts, [vm(f"v{n}", host=f"h{n % 41}") for n in range(500)])
    before = state(project)
    with project.edit("settle"):
        layout.settle(project, [i for i in project.elements if project.kind(i).container])
    assert state(project) == before
    assert_well_drawn(project)


def test_that_two_traces_of_one_name_are_refused(project: Project, vms: list[int]) -> None:
    before = state(project)
    with pytest.raises(DesignerError) as refused:
        imports.attach_traces(project, vms[:2], loads(LOADS, ["web", "db", "web"]))
    assert str(refused.value) == "2 traces of load.csv may be those of web (web, web); give each its own name."
    assert state(project) == before


def test_that_traces_of_one_name_that_is_no_vms_are_fine(project: Project, vms: list[int]) -> None:
    imports.attach_traces(project, vms[:1], loads(LOADS, ["x", "x", "web"]))
    assert rows_of(project)["web"][2] == 2


@pytest.mark.parametrize("template", [False, True])
def test_that_without_a_vm_there_is_nothing_to_attach_to(project: Project, template: bool) -> None:
    zone = edit.place_through(project, "zone", ROOT_ID)
    chosen = [edit.place(project, "vm", zone, template=True)] if template else [zone]
    before = state(project)
    with pytest.raises(RuleError) as refused:
        imports.attach_traces(project, chosen, loads(LOADS, ["a", "b", "c"]))
    assert str(refused.value) == ("There is no VM for the traces; place some VMs or import them from a file.")
    assert state(project) == before
