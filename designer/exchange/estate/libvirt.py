"""libvirt: the XML of domains (`virsh dumpxml`) and of a host (`virsh capabilities`), one file each or together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from designer.errors import ImportFileError
from designer.exchange.estate import cells
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.owned import Owned
from designer.exchange.text_file import blocks
from designer.words import tr

LARGEST = 20 * 2**20
"""Most bytes of an XML file."""
TO_MIB = {
    "b": 2.0**-20, "bytes": 2.0**-20, "kb": 1e3 / 2**20, "k": 2.0**-10, "kib": 2.0**-10, "mb": 1e6 / 2**20, "m": 1.0,
    "mib": 1.0, "gb": 1e9 / 2**20, "g": 1024.0, "gib": 1024.0, "tb": 1e12 / 2**20, "t": 2.0**20, "tib": 2.0**20,
}  # fmt: skip
"""libvirt's units of memory; without one it means KiB."""


def read_xml(path: Path) -> ElementTree.Element:
    """The root of an XML file. Raises ImportFileError: no XML, too large, with a document type (entities may expand
    without end), or a drawing."""
    read = bytearray()
    for block in blocks(path):
        read += block
        if len(read) > LARGEST:
            raise ImportFileError(tr("{0} is larger than {1:,} MiB; split it.", path.name, LARGEST // 2**20))
    plain = read.replace(b"\0", b"")  # of UTF-16, too
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise ImportFileError(tr("{0} declares a document type, which no export does.", path.name))
    try:
        root = ElementTree.fromstring(bytes(read))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ImportFileError(tr("{0} is no XML: {1}.", path.name, str(error))) from None
    if root.tag in ("mxfile", "mxGraphModel"):
        raise ImportFileError(
            tr("{0} is a drawing: it has boxes and no sizes. Import the export of the program that runs the VMs.",
               path.name)
        )  # fmt: skip
    return root


def read(paths: Sequence[Path]) -> Inventory:
    """The estate in XML files that belong together: all domains stand on the one host, or on one that is made up."""
    owned = Owned(Inventory("libvirt", ", ".join(path.name for path in paths)), "KVM")
    roots = [(path, read_xml(path)) for path in paths]
    host = ""
    for path, root in roots:
        if root.tag == "capabilities":
            host = host or path.stem
            _host(owned, root, path.stem)
        elif root.tag not in ("domain", "domains", "domstatus"):
            raise ImportFileError(tr("{0} holds no domain and no capabilities of libvirt.", path.name))
    for _, root in roots:
        for domain in [root, *root.iter("domain")] if root.tag != "domain" else [root]:
            if domain.tag == "domain":
                _domain(owned, domain, host)
    return owned.finish()


def _text(node: ElementTree.Element, path: str) -> str:
    found = node.find(path)
    return "" if found is None else (found.text or "").strip()


def _mib(node: ElementTree.Element | None) -> float | None:
    size = None if node is None else cells.positive(node.text)
    if node is None or size is None:
        return None
    return size * TO_MIB.get(node.get("unit", "KiB").lower(), TO_MIB["kib"])


def _host(owned: Owned, root: ElementTree.Element, name: str) -> None:
    topology = root.find("host/cpu/topology")
    told = {} if topology is None else {key: cells.whole(topology.get(key)) for key in ("sockets", "cores", "threads")}
    dies = 1 if topology is None else cells.whole(topology.get("dies")) or 1
    numa = root.findall("host/topology/cells/cell")
    memory = [size for cell in numa if (size := _mib(cell.find("memory"))) is not None]
    nodes = len(numa) or 1
    cores = (told.get("sockets") or 1) * dies * (told["cores"] or 1) if told.get("cores") else None
    sockets = len({cpu.get("socket_id") for cell in numa for cpu in cell.iter("cpu")} - {None})
    if cores is not None and sockets > (told.get("sockets") or 1):  # libvirt tells the sockets of one node only
        cores = cores // (told.get("sockets") or 1) * sockets
    counter = root.find("host/cpu/counter[@name='tsc']")
    hertz = None if counter is None else cells.positive(counter.get("frequency"))
    owned.host(
        name, "libvirt", "", cores, sum(memory) or None, threads_per_core=told.get("threads"),
        numa_nodes=min(nodes, 64), mhz=None if hertz is None else hertz / 1e6,
    )  # fmt: skip


def _domain(owned: Owned, domain: ElementTree.Element, host: str) -> None:
    name, known = _text(domain, "name"), _text(domain, "uuid")
    vcpu = domain.find("vcpu")
    vcpus = None if vcpu is None else cells.whole(vcpu.get("current")) or cells.whole(vcpu.text)
    ram = _mib(domain.find("currentMemory")) or _mib(domain.find("memory"))
    if not name or vcpus is None or ram is None:
        owned.inventory.remark("left_out", tr("A domain without a name, vCPUs or memory."), name or known)
        return
    shares = cells.positive(_text(domain, "cputune/shares"))
    quota, period = (cells.number(_text(domain, f"cputune/{one}")) for one in ("quota", "period"))
    if quota and quota > 0:
        owned.inventory.remark(
            "left_out", tr("A quota of CPU time; set the limit in MHz."), f"{name} ({quota}/{period})"
        )
    owned.vm(
        f"vm:{known or name}", name, host, ("", "libvirt"), known, vcpus=vcpus, ram_mib=ram,
        **({} if shares is None else {"shares": shares}),
    )  # fmt: skip
