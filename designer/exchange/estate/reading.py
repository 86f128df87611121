"""Finds out which program wrote some files, and reads them as one estate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from designer.errors import ImportFileError
from designer.exchange.estate import aws_answers, cloudformation, govc, libvirt, openstack, proxmox, rvtools, terraform
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.json_file import read_json
from designer.exchange.estate.workbook import is_workbook
from designer.words import tr

Files = Sequence[tuple[Path, Any]]
READERS: dict[str, tuple[Callable[[Any], bool], Callable[[Files], Inventory]]] = {
    "AWS": (aws_answers.knows, aws_answers.read),
    "Terraform": (terraform.knows, lambda files: _one(files, terraform.read)),
    "OpenStack": (openstack.knows, openstack.read),
    "govc": (govc.knows, govc.read),
    "CloudFormation": (cloudformation.knows, lambda files: _one(files, cloudformation.read)),
    "Proxmox VE": (proxmox.knows, lambda files: _one(files, proxmox.read)),
}
"""The readers of JSON by the program that wrote it: whether it knows a file, and the estate in files of its kind."""
DRAWINGS = frozenset((".drawio", ".vsdx", ".mxfile"))


def read_estate(paths: Sequence[Path]) -> Inventory:
    """The estate in the files of one export. Raises ImportFileError: nobody's format, or of several programs."""
    for path in paths:
        if path.suffix.lower() in DRAWINGS:
            raise ImportFileError(
                tr("{0} is a drawing: it has boxes and no sizes. Import the export of the program that runs the VMs.",
                   path.name)
            )  # fmt: skip
    if not paths:
        raise ImportFileError(tr("There is no file to read."))
    if all(_is_table(path) for path in paths):
        return rvtools.read(paths)
    if all(path.suffix.lower() == ".xml" for path in paths):
        return libvirt.read(paths)
    files = [(path, _value(path)) for path in paths]
    tools = {path: next((name for name, (knows, _) in READERS.items() if knows(value)), "") for path, value in files}
    for path, tool in tools.items():
        if not tool:
            known = ", ".join(("RVTools", *READERS, "libvirt"))
            raise ImportFileError(tr("{0} is no export of a known program ({1}).", path.name, known))
    if len(set(tools.values())) > 1:
        raise ImportFileError(
            tr("The files are of several programs ({0}); import them one after the other.",
               ", ".join(sorted(set(tools.values()))))
        )  # fmt: skip
    return READERS[tools[paths[0]]][1](files)


def _value(path: Path) -> Any:
    yaml = path.suffix.lower() in (".yaml", ".yml", ".template")
    return cloudformation.read_yaml(path) if yaml else read_json(path)


def _one(files: Files, read: Callable[[Path, Any], Inventory]) -> Inventory:
    if len(files) > 1:
        raise ImportFileError(tr("Give one file: {0} and {1} tell the same.", files[0][0].name, files[1][0].name))
    return read(*files[0])


def _is_table(path: Path) -> bool:
    try:
        return path.suffix.lower() in (".csv", ".xlsx", ".xlsm") or is_workbook(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ImportFileError(tr("{0} cannot be read: {1}.", path.name, reason)) from None
