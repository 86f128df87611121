"""An application: a program in a VM, or alone on a bare-metal host. Its load is the load of the VM or the host."""

from typing import ClassVar, Literal

from designer.catalog.rules import flow_fields
from designer.catalog.rules.flows import add_flows
from designer.catalog.rules.hosting import why_no_application
from designer.catalog.rules.ports import why_cut_off
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import Element, choice, field, fraction, quantity, seconds
from designer.model.kind import Box, Kind
from designer.words import tr

Demand = Literal["constant", "day_curve", "trace"]
Unserved = Literal["lost", "backlog"]


class Application(Element, table=True):
    """An application."""

    kind: ClassVar[str] = "application"

    vcpus: int = quantity(
        2,
        "",
        "vCPUs",
        group="Capacity",
        ge=1,
        le=4096,
        help=(
            "How many vCPUs it can keep busy. In a VM it shares the vCPUs of the VM with everything else that runs "
            "there."
        ),
    )
    mhz: float = quantity(
        2500.0,
        "MHz",
        "Clock per vCPU",
        group="Capacity",
        gt=0,
        le=20_000,
        help="CPU demand of one vCPU at 100% load. A vCPU never gets more than one thread of its host.",
    )
    ram_mib: float = quantity(
        2048.0,
        "MiB",
        "Memory",
        group="Capacity",
        gt=0,
        le=2**30,
        help="The applications in a VM together use at most the memory of the VM.",
    )
    demand: Demand = choice(
        "constant",
        "Load pattern",
        group="Load",
        help="A member of a service takes its load from the service instead.",
    )
    load_frac: float = fraction(0.3, "Constant load", group="Load", when=("demand", "constant"))
    day_mean_frac: float = fraction(0.3, "Mean load", group="Load", when=("demand", "day_curve"))
    day_swing_frac: float = fraction(
        0.15,
        "Swing",
        group="Load",
        when=("demand", "day_curve"),
        help="How far the peak lies above the mean.",
    )
    day_peak_h: float = quantity(
        14.0, "h", "Peak at (local time)", group="Load", ge=0, lt=24, when=("demand", "day_curve")
    )
    day_noise_frac: float = fraction(
        0.03,
        "Noise",
        group="Load",
        when=("demand", "day_curve"),
        help="Standard deviation of each sample.",
    )
    trace: int = field(0, "Trace", group="Load", editor="reference:trace", when=("demand", "trace"))
    trace_row: int = field(0, "Row of the trace", group="Load", ge=0, when=("demand", "trace"))
    trace_shift: int = field(0, "Shift in samples", group="Load", ge=0, when=("demand", "trace"))
    unserved: Unserved = choice(
        "lost",
        "Unserved load",
        group="Load",
        help="What becomes of load that it is not given: lost, or a backlog that it works off later. In a VM that is "
        "done when the VM gets more CPU than all that runs in it asks for, and waits for nothing else; where the VM "
        "itself keeps a backlog, all that runs there waits together. Requests wait by the queue of their service "
        "instead.",
    )
    io_pattern: flow_fields.IoPattern = flow_fields.io_pattern()
    disk_iops: float = flow_fields.disk_operations(
        "Operations a second that it asks for at full load, divided evenly among the volumes of its VM; 0: none. "
        "Where they give less, the VM waits."
    )
    disk_io_kib: float = flow_fields.operation_size()
    write_frac: float = flow_fields.writes()
    net_mbps: float = flow_fields.traffic(
        "Traffic that it sends at full load to where its VM sends, without a link “sends to” out to the internet. "
        "0: none. Where less can be sent, the VM waits."
    )
    net_streams: int = flow_fields.connections()
    start_s: float = seconds(
        300.0,
        "Start time",
        group="Failure",
        help="Bare metal: time from power on until the application serves again. In a VM it starts with the VM.",
        source="general knowledge of the field: a server checks its hardware for minutes",
        confidence="C",
    )


def record(builder: SpecBuilder, application: Element) -> spec.Application:
    """The application in a VM as a row for the engine. Requests reach it as they reach the VM."""
    fields = application.__dict__
    service = builder.target(fields["id"], "member")
    vm = builder.tree.elements[fields["parent"]]
    return spec.Application(
        id=fields["id"],
        vcpus=fields["vcpus"],
        mhz=fields["mhz"],
        demand=builder.load(application),
        name=fields["name"],
        service=service,
        cut_off=why_cut_off(builder, vm, service) if service else "",
        keeps_backlog=fields["unserved"] == "backlog" and not service,
    )


def applications_in(builder: SpecBuilder, vm: Element) -> tuple[spec.Application, ...]:
    """The applications in a VM. Raises RuleError where they use more memory than the VM has."""
    tree = builder.tree
    children = tree.children(vm.__dict__["id"])
    if not children:
        return ()
    inside = (tree.elements[i] for i in children)
    applications = [element for element in inside if element.kind == "application"]
    for application in applications[-1:]:
        reason = why_no_application(tree, application, vm)
        if reason:
            raise RuleError(tr("{0} has no room: {1}.", application.name, reason))
    return tuple(record(builder, application) for application in applications)


def _add_to_spec(builder: SpecBuilder, application: Element) -> None:
    """Add an application on a host as a row of its own. An application in a VM is part of the VM's row."""
    fields = application.__dict__
    above = builder.tree.elements[fields["parent"]]
    if fields["disk_iops"] or fields["net_mbps"]:
        add_flows(builder, application)
    if above.kind == "vm":
        return
    service = builder.target(fields["id"], "member")
    builder.vms.append(
        spec.Vm(
            id=fields["id"],
            place=fields["parent"],
            vcpus=fields["vcpus"],
            mhz=fields["mhz"],
            ram_mib=fields["ram_mib"],
            demand=builder.load(application),
            name=fields["name"],
            boot_s=fields["start_s"],
            service=service,
            cut_off=why_cut_off(builder, application, service) if service else "",
            counted=False,
            keeps_backlog=fields["unserved"] == "backlog" and not service,
        )
    )


APPLICATION = Kind(
    "application",
    "Application",
    "application.svg",
    Application,
    inside=("vm", "host"),
    section="compute",
    prefix="app",
    plural="applications",
    placement_error=why_no_application,
    rule_fields=("ram_mib",),
    box=Box(min_w=21, min_h=16),
    help=(
        "A program that serves people. In a VM, it adds its load to the VM's, shares what the VM gets, and fails "
        "and restarts with it. On a host without a hypervisor it has the whole host."
    ),
    add_to_spec=_add_to_spec,
)
