"""How VMs move between hosts while they run: live migration by the rule of a hypervisor, and balancers of clusters."""

from __future__ import annotations

from typing import Literal

from designer.engine.spec.row import record

CopyRule = Literal["kvm", "xen", "xen_classic", "vmotion", "hyperv", "plain"]
BalanceRule = Literal["none", "drs", "proxmox", "threshold"]
Overload = Literal["thr", "mad", "iqr", "lr"]
Choice = Literal["mmt", "mu", "rs", "mc"]


@record
class Migration:
    """How a host copies the memory of a running VM to another host (pre-copy), or takes it in.

    All its migrations share `mbps`, and `at_once` run at a time; others wait. `kvm` stops the VM when what is left
    takes less than `downtime_s`; where it writes faster than that, it is slowed down step by step with `converge`, else
    it is given up after `timeout_s_gib` for each GiB of its memory. `core_per_gbps` is the part of a core that each
    Gbit/s takes on both hosts. `plain` copies the memory once over half of `mbps`, however many there are: the VM does
    nine tenths of its work meanwhile, and the host that takes it in spends a tenth of it.
    """

    rule: CopyRule = "kvm"
    mbps: float = 10_000.0
    at_once: int = 2
    downtime_s: float = 0.3
    converge: bool = False
    timeout_s_gib: float = 800.0
    core_per_gbps: float = 0.1


@record
class Balancing:
    """What a cluster moves by itself. It looks every `every_s`, first after that time.

    `proxmox` moves one VM when the imbalance was above `threshold` for `hold` looks in a row and the move improves it
    by `margin` of itself. `drs` moves VMs while the standard deviation of its hosts' loads is above `threshold`.
    `threshold` relieves hosts above a load (`overload`: `thr` that `threshold`, else one that follows from their past,
    with `threshold` as its parameter) of the VMs of its `choice`, and empties those with the least load that others can
    take over. A VM that was moved stays for `cooldown_s`. With `power_off` hosts without VMs are switched off, and
    take `wake_s` to be back when they are needed.
    """

    rule: BalanceRule = "none"
    every_s: float = 300.0
    threshold: float = 0.8
    hold: int = 3
    margin: float = 0.1
    cooldown_s: float = 0.0
    overload: Overload = "thr"
    choice: Choice = "mmt"
    power_off: bool = False
    wake_s: float = 180.0
