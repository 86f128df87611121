"""A recorded trace: load over time, a row a VM; read from a CSV file, kept in the project."""

import zlib
from typing import ClassVar, Literal

import numpy as np

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import Element, choice, field, quantity
from designer.model.kind import Kind

Cells = Literal["percent", "fraction"]
UNPACKED_LIMIT = 1 << 31
"""Most bytes of an unpacked trace: a few packed ones can say that they are terabytes."""


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


def pack(values: np.ndarray) -> dict[str, object]:
    """The fields of a trace that hold `values` (rows x samples): uint8 percents, or float64 fractions of 1."""
    cells = "percent" if values.dtype == np.uint8 else "fraction"
    stored = np.ascontiguousarray(values, dtype=np.uint8 if cells == "percent" else "<f8")
    return {
        "rows": values.shape[0],
        "samples": values.shape[1],
        "cells": cells,
        "data": zlib.compress(stored.tobytes(), 6),
    }


def unpack(trace: Trace) -> np.ndarray:
    """The values (rows x samples): uint8 percents or float64 fractions. Raises RuleError when damaged."""
    dtype = np.dtype(np.uint8 if trace.cells == "percent" else "<f8")
    wanted = trace.rows * trace.samples * dtype.itemsize
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(trace.data, wanted + 1) if wanted < UNPACKED_LIMIT else b""
    except zlib.error:
        raw = b""
    if len(raw) != wanted or not inflate.eof:
        raise RuleError(f"The trace {trace.name} is damaged; import it again.")
    return np.frombuffer(bytearray(raw), dtype).reshape(trace.rows, trace.samples)


def _add_to_spec(builder: SpecBuilder, trace: Element) -> None:
    assert isinstance(trace, Trace)
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
)
