"""A recorded trace: load over time, one row a VM, read from a CSV file and stored in the project."""

import zlib
from collections.abc import Iterable
from typing import ClassVar, Literal

import numpy as np

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.amounts import unpacked_sum_error
from designer.model.element import Element, choice, field, quantity
from designer.model.kind import Kind
from designer.words import tr

Cells = Literal["percent", "fraction"]


class Trace(Element, table=True):
    """A recorded trace of `rows` x `samples` values."""

    kind: ClassVar[str] = "trace"

    step_s: float = quantity(
        300.0, "s", "Step", group="Trace", gt=0, le=86_400 * 366, help="How long each sample holds."
    )
    rows: int = field(0, "Rows", editor="hidden", ge=0)
    samples: int = field(0, "Samples", editor="hidden", ge=0)
    cells: Cells = choice("percent", "Cells", editor="hidden")
    data: bytes = field(b"", "Data", editor="hidden")
    origin: str = field("", "From", editor="hidden", max_length=400)


def pack(values: np.ndarray, others: Iterable[Trace] = ()) -> dict[str, object]:
    """The fields of a trace of `values` (rows x samples): uint8 percents, or float64 fractions of 1.

    Raises RuleError where the traces with the `others` are too large.
    """
    cells = "percent" if values.dtype == np.uint8 else "fraction"
    size = sum(unpacked_bytes(one.rows, one.samples, one.cells) for one in others)
    _check_size(size + unpacked_bytes(values.shape[0], values.shape[1], cells))
    stored = np.ascontiguousarray(values, dtype=np.uint8 if cells == "percent" else "<f8")
    return {
        "rows": values.shape[0],
        "samples": values.shape[1],
        "cells": cells,
        "data": zlib.compress(stored.tobytes(), 6),
    }


def unpacked_bytes(rows: int, samples: int, cells: str) -> int:
    """How many bytes a trace of a shape unpacks to."""
    return rows * samples * (1 if cells == "percent" else 8)


def _check_size(total: int) -> None:
    """Raise RuleError where the traces of a design hold more than a run can load."""
    if error := unpacked_sum_error("traces", "trace", total):
        raise RuleError(error)


def unpack(trace: Trace) -> np.ndarray:
    """The values (rows x samples): uint8 percents or float64 fractions. Raises RuleError when damaged or too large."""
    dtype = np.dtype(np.uint8 if trace.cells == "percent" else "<f8")
    wanted = unpacked_bytes(trace.rows, trace.samples, trace.cells)
    _check_size(wanted)
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(trace.data, wanted + 1)
    except zlib.error:
        raw = b""
    if len(raw) != wanted or not inflate.eof:
        raise RuleError(tr("The trace {0} is damaged; import it again.", trace.name))
    return np.frombuffer(bytearray(raw), dtype).reshape(trace.rows, trace.samples)


def _unpacked(trace: Element) -> int:
    assert isinstance(trace, Trace)
    return unpacked_bytes(trace.rows, trace.samples, trace.cells)


def _add_to_spec(builder: SpecBuilder, trace: Element) -> None:
    assert isinstance(trace, Trace)
    size = sum(one.values.nbytes for one in builder.traces)
    _check_size(size + unpacked_bytes(trace.rows, trace.samples, trace.cells))
    builder.traces.append(spec.Trace(trace.id, trace.step_s, unpack(trace)))


TRACE = Kind(
    "trace",
    "Trace",
    "trace.svg",
    Trace,
    inside=("design",),
    prefix="trace",
    plural="traces",
    drawn=False,
    in_palette=False,
    help="Recorded load over time; VMs and services refer to its rows. Import one from a CSV file.",
    add_to_spec=_add_to_spec,
    unpacked=_unpacked,
)
