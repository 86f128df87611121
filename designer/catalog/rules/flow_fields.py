"""Fields of what asks for I/O and of what limits it, which several kinds have."""

from typing import Any, Literal

from designer.model.element import choice, fraction, quantity

IoPattern = Literal["as_load", "constant"]
_GROUP = "Disk and network"


def io_pattern() -> Any:
    """The field of when a VM or an application asks for I/O."""
    return choice(
        "as_load",
        "Asks for I/O",
        group=_GROUP,
        help="as load: for the part of the figures below that it asks for of its vCPUs at that time. constant: always "
        "for all of them.",
    )


def disk_operations(help: str) -> Any:
    """The field of the disk operations that a VM or an application asks for."""
    return quantity(0.0, "IOPS", "Disk operations", group=_GROUP, zero="none", ge=0, le=10_000_000, help=help)


def operation_size() -> Any:
    """The field of the size of a disk operation."""
    return quantity(
        16.0,
        "KiB",
        "Size of an operation",
        group=_GROUP,
        when=("disk_iops", "> 0"),
        ge=0.5,
        le=16_384,
        help="Large operations meet the limits in MiB/s first. EBS counts one for each 256 KiB.",
    )


def writes() -> Any:
    """The field of the part of disk operations that write."""
    return fraction(
        0.3,
        "Writes",
        group=_GROUP,
        when=("disk_iops", "> 0"),
        help="The part of the operations that write. It acts on datastores that are spread over hosts: a write goes to "
        "each copy over the NICs, a read comes from one.",
        source="assumption",
        confidence="C",
    )


def traffic(help: str) -> Any:
    """The field of the traffic that a VM or an application sends."""
    return quantity(0.0, "Mbit/s", "Sends", group=_GROUP, zero="nothing", ge=0, le=1_000_000, help=help)


def connections() -> Any:
    """The field of the connections over which an instance type sends."""
    return quantity(
        8,
        "",
        "Connections",
        group=_GROUP,
        when=("net_mbps", "> 0"),
        ge=1,
        le=100_000,
        help="Over how many connections an instance type sends: a single one carries at most 5 Gbit/s, 10 within a "
        "placement group of the strategy “cluster”.",
        source="Amazon EC2 user guide, network bandwidth of instances",
        confidence="A",
    )


def operations_limit() -> Any:
    """The field of most operations a second of what holds the data of several VMs."""
    return quantity(
        0.0,
        "IOPS",
        "Operations at most",
        group="Limit",
        zero="no limit",
        ge=0,
        le=100_000_000,
        help="Disk operations a second of all VMs together; 0: no limit. They share by max-min. It acts where VMs ask "
        "for disk operations.",
    )


def throughput_limit() -> Any:
    """The field of the most data a second of what holds the data of several VMs."""
    return quantity(
        0.0,
        "MiB/s",
        "Throughput at most",
        group="Limit",
        zero="no limit",
        ge=0,
        le=10_000_000,
        help="Data of all VMs together; 0: no limit.",
    )
