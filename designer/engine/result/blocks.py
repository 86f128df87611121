"""A saved run: its input, its figures, and its arrays as compressed blocks with checksums."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import TimedEvent
from designer.errors import EngineError

BLOCK_BYTES = 1 << 20
"""Bytes of a column that go into one block, about."""
BLOCK_LIMIT = 8 << 20
"""Most bytes that a block may unpack to."""
RUN_LIMIT = 512 << 20
"""Most bytes that a run may unpack to."""
DIMENSIONS, LENGTH_LIMIT = 4, 1 << 31
"""Most dimensions of a block, and the longest of one."""
DAMAGED = "The saved run is damaged. Run the design again."
LEVEL = 3
"""Bytes of numbers are ordered by place first (all first bytes, all second bytes ...): 22 MiB of a design of 22,000
elements become 1.8 in 0.08 s. Level 6 saves 5% more and takes twice as long; level 1 is no faster."""
SAVED, REVIVED = "saved.pickle", "revived.pickle"
"""Files in a run's folder: from the engine's process to the window, and back."""
DESIGN = "design"
"""Name of the block that holds the design of the run; the engine does not read it."""
TYPES = ("<f8", "<f4", "<i8", "|u1", "|b1")


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a column."""

    name: str
    part: int
    dtype: str
    shape: tuple[int, ...]
    checksum: int
    data: bytes

    @property
    def size(self) -> int:
        """How many bytes it unpacks to."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize

    @property
    def sound(self) -> bool:
        """Whether its type, shape and size are allowed and its data is unchanged."""
        shaped = len(self.shape) in range(1, DIMENSIONS + 1) and all(0 <= n < LENGTH_LIMIT for n in self.shape)
        allowed = shaped and self.dtype in TYPES and self.size <= BLOCK_LIMIT
        return allowed and zlib.crc32(self.data) == self.checksum


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a result: of which element (0: the whole design), its title, value and unit."""

    element: int
    name: str
    title: str
    value: float
    unit: str


@dataclass(frozen=True)
class SavedRun:
    """A finished or paused run: enough to show it again, to branch from it, and to know its design."""

    id: int
    made_s: float
    seed: int
    until_s: float
    sample_s: float
    time_s: float
    state: str
    digest: str
    spec_sha256: str
    result_version: int
    label: str = ""
    pinned: bool = False
    design_sha256: str = ""
    events: tuple[TimedEvent, ...] = ()
    figures: tuple[Figure, ...] = ()
    blocks: tuple[Block, ...] = ()

    @property
    def keeps_vm_series(self) -> bool:
        """Whether it holds the series of each VM."""
        return any(block.name == "vm_series" and block.size > 0 for block in self.blocks)

    @property
    def packed_bytes(self) -> int:
        """How many bytes its blocks take in a file."""
        return sum(len(block.data) for block in self.blocks)


def blocks_of(columns: Mapping[str, NDArray[Any]]) -> Iterator[Block]:
    """Yield columns in pieces, each compressed when it is asked for."""
    for name, column in columns.items():
        rows = max(1, BLOCK_BYTES // max(1, column[:1].nbytes))
        for part, first in enumerate(range(0, max(len(column), 1), rows)):
            yield _block(name, part, np.ascontiguousarray(column[first : first + rows]))


def _block(name: str, part: int, piece: NDArray[Any]) -> Block:
    by_place = np.frombuffer(piece.tobytes(), np.uint8).reshape(-1, piece.itemsize).T
    data = zlib.compress(by_place.tobytes(), LEVEL)
    return Block(name, part, piece.dtype.newbyteorder("<").str, piece.shape, zlib.crc32(data), data)


def columns_of(blocks: Iterable[Block]) -> dict[str, NDArray[Any]]:
    """The columns that blocks hold. Raises EngineError when a block is damaged or all are larger than RUN_LIMIT."""
    parts: dict[str, list[NDArray[Any]]] = {}
    total = 0
    for block in sorted(blocks, key=lambda b: (b.name, b.part)):
        pieces = parts.setdefault(block.name, [])
        total += block.size if block.sound else 0
        if not block.sound or block.part != len(pieces) or total > RUN_LIMIT:
            raise EngineError(DAMAGED)
        pieces.append(_unpacked(block))
    try:
        return {name: np.concatenate(pieces) for name, pieces in parts.items()}
    except ValueError:
        raise EngineError(DAMAGED) from None


def _unpacked(block: Block) -> NDArray[Any]:
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(block.data, block.size + 1)
    except zlib.error:
        raw = b""
    if len(raw) != block.size or not (inflate.eof or not block.size):
        raise EngineError(DAMAGED)
    kind = np.dtype(block.dtype)
    by_place = np.frombuffer(raw, np.uint8).reshape(kind.itemsize, -1)
    return np.frombuffer(by_place.T.tobytes(), kind).reshape(block.shape)
