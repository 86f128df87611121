"""How the words of a choice are shown: names of products and rules as their field writes them."""

from __future__ import annotations

from designer.words import mark, tr

SHOWN = {
    "aws": "AWS", "ceph": "Ceph", "drs": "DRS", "esxi": "ESXi", "hyperv": "Hyper-V", "iqr": mark("IQR: quartiles"),
    "kvm": "KVM", "linux": "Linux", "lr": mark("LR: local regression"), "macos": "macOS",
    "mad": mark("MAD: median deviation"), "max_min": mark("max-min"), "mc": mark("MC: most correlated"),
    "mmc": "M/M/c", "mmt": mark("MMT: least memory"), "mu": mark("MU: least load"), "proxmox": "Proxmox",
    "reserved_1y": mark("reserved, 1 year"), "reserved_3y": mark("reserved, 3 years"), "rs": mark("RS: random"),
    "s2d": "S2D", "thr": mark("THR: fixed threshold"), "vcpu": "vCPU", "vcpus": "vCPUs", "vm": "VM",
    "vmotion": "vMotion", "vsan": "vSAN", "vsphere": "vSphere", "weighted_max_min": mark("weighted max-min"),
    "windows": "Windows", "xen": "Xen", "xen_classic": mark("Xen, classic"),
}  # fmt: skip


def choice_text(word: str) -> str:
    """A word of a choice as it is shown."""
    return tr(SHOWN.get(word, word.replace("_", " ")))
