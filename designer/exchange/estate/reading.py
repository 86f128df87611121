"""Finds out which program wrote some files, and reads them as one estate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from designer.errors import ImportFileError
from designer.exchange.estate import (
    any_table,
    aws_answers,
    cloudformation,
    govc,
    libvirt,
    openstack,
    proxmox,
    rvtools,
    terraform,
    xcpng,
)
from designer.exchange.estate.any_table import Columns
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.json_file import read_json
from designer.exchange.estate.workbook import is_workbook
from designer.exchange.going import Going, part_of, unheard
from designer.words import tr

Files = Sequence[tuple[Path, Any]]
READERS: dict[str, tuple[Callable[[Any], bool], Callable[[Files], Inventory]]] = {
    "AWS": (aws_answers.knows, aws_answers.read),
    "Terraform": (terraform.knows, lambda files: _one(files, terraform.read)),
    "OpenStack": (openstack.knows, openstack.read),
    "govc": (govc.knows, govc.read),
    "CloudFormation": (cloudformation.knows, lambda files: _one(files, cloudformation.read)),
    "XCP-ng": (xcpng.knows, xcpng.read),
    "Proxmox VE": (proxmox.knows, lambda files: _one(files, proxmox.read)),
}
"""The readers of JSON by the program that wrote it: whether it knows a file, and the estate in files of its kind."""
DRAWINGS = frozenset((".drawio", ".vsdx", ".mxfile"))


def read_estate(paths: Sequence[Path], columns: Columns = MappingProxyType({}), going: Going = unheard) -> Inventory:
    """The estate in the files of one export; `columns` says which column of a table tells what, where its title does
    not; `going` hears how far it is, and may raise. Raises ImportFileError: nobody's format, or of several programs;
    ColumnsError: a column is not known."""
    for path in paths:
        if path.suffix.lower() in DRAWINGS:
            raise ImportFileError(
                tr("{0} is a drawing: it has boxes and no sizes. Import the export of the program that runs the VMs.",
                   path.name)
            )  # fmt: skip
    if not paths:
        raise ImportFileError(tr("There is no file to read."))
    inventory = _read(paths, columns, going)
    if inventory.parts and not inventory.count("vm"):
        inventory.remark("warning", tr("It lists no VM: the design has nothing that runs."))
    return inventory


def _read(paths: Sequence[Path], columns: Columns, going: Going) -> Inventory:
    origin = ", ".join(path.name for path in paths)
    if all(_is_table(path) for path in paths):
        if any(rvtools.knows(path) for path in paths):
            return rvtools.read(paths, going)
        tables = [
            table
            for n, path in enumerate(paths)
            for table in any_table.tables_of(path, part_of(going, 0.6 * n / len(paths), 0.6 * (n + 1) / len(paths)))
        ]
        return any_table.read(tables, columns, origin, part_of(going, 0.6, 1.0))
    if all(path.suffix.lower() == ".xml" for path in paths):
        return libvirt.read(paths)
    files = [(path, _value(path, part_of(going, n / len(paths), (n + 1) / len(paths)))) for n, path in enumerate(paths)]
    tools = {path: next((name for name, (knows, _) in READERS.items() if knows(value)), "") for path, value in files}
    if not any(tools.values()) and all(any_table.is_flat(value) for _, value in files):
        flat = [any_table.of_json(path.name, value) for path, value in files]
        return any_table.read(flat, columns, origin)
    for path, tool in tools.items():
        if not tool:
            known = ", ".join(("RVTools", *READERS, "libvirt", "PowerShell"))
            raise ImportFileError(tr("{0} is no export of a known program ({1}).", path.name, known))
    if len(set(tools.values())) > 1:
        raise ImportFileError(
            tr("The files are of several programs ({0}); import them one after the other.",
               ", ".join(sorted(set(tools.values()))))
        )  # fmt: skip
    return READERS[tools[paths[0]]][1](files)


def _value(path: Path, going: Going) -> Any:
    if path.suffix.lower() in ("", ".txt", ".list") and xcpng.is_list(path):
        return xcpng.read_list(path)
    yaml = path.suffix.lower() in (".yaml", ".yml", ".template")
    return cloudformation.read_yaml(path) if yaml else read_json(path, going)


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
