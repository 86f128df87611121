"""The text of other programs' files, packed or not: read in blocks, never more than a limit."""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import stat
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from designer.errors import ImportFileError
from designer.words import tr

LARGEST = 2**30
"""Most bytes of a file, unpacked."""
RATIO, RATIO_FROM = 100, 2**26
"""A packed file is refused when it unpacks to more than `RATIO_FROM` bytes and `RATIO` times the bytes read."""
LONGEST_LINE = 2**25
"""Most characters of one line."""
BLOCK = 2**18
XZ_MEMORY = 2**28
"""Most bytes of working memory that unpacking may take."""
_NO_LETTER = frozenset(b"\x81\x8d\x8f\x90\x9d")
"""Bytes that mean nothing in Windows-1252."""


def lines_of(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a text file, each with its end. Raises ImportFileError while they are read."""
    with io.TextIOWrapper(io.BufferedReader(_Stream(path), BLOCK), encoding=encoding, newline=None) as text:
        try:
            for line in iter(partial(text.readline, LONGEST_LINE + 1), ""):
                if len(line) > LONGEST_LINE:
                    raise ImportFileError(
                        tr("{0} is no table: it has a line of more than {1:,} characters.", path.name, LONGEST_LINE)
                    )
                if "\0" in line:  # wider than two bytes a character
                    raise UnicodeError
                yield line
        except UnicodeError:
            raise ImportFileError(
                tr("{0} is not text in {1}; save it as CSV in UTF-8.", path.name, encoding.upper())
            ) from None


class _Stream(io.RawIOBase):
    """Unpacked blocks as a stream that a text reader can sit on."""

    def __init__(self, path: Path) -> None:
        self._blocks = blocks(path)
        self._left = b""

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """The next bytes."""
        if not self._left:
            self._left = next(self._blocks, b"")
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a regular file, unpacked. Raises ImportFileError: no regular file, damaged, too large."""
    total = 0
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ImportFileError(
                tr("{0} cannot be read: it is a folder, a device or a pipe. Choose a file.", path.name)
            )
        with path.open("rb") as raw:
            for block in _unpacked(path, raw):
                total += len(block)
                _check(path, total, raw.tell())
                yield block
    except FileNotFoundError:
        raise ImportFileError(tr("{0} is not there.", path)) from None
    except (OSError, ValueError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ImportFileError(tr("{0} cannot be read: {1}.", path.name, _reason(error))) from None


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)


def _check(path: Path, total: int, read: int) -> None:
    if total > LARGEST:
        raise ImportFileError(tr("{0} is larger than {1:,} MiB unpacked; split it.", path.name, LARGEST // 2**20))
    if total > RATIO_FROM and total > RATIO * read:
        raise ImportFileError(
            tr("{0} unpacks to more than {1} times its size. If it is genuine, unpack it first.", path.name, RATIO)
        )


def _unpacked(path: Path, raw: io.BufferedReader) -> Iterator[bytes]:
    ending = path.suffix.lower()
    if ending == ".gz":
        with gzip.GzipFile(fileobj=raw) as packed:
            yield from iter(partial(packed.read, BLOCK), b"")
    elif ending == ".xz":
        yield from _from_xz(raw)
    else:
        yield from iter(partial(raw.read, BLOCK), b"")


def _from_xz(raw: io.BufferedReader) -> Iterator[bytes]:
    unpacker = lzma.LZMADecompressor(memlimit=XZ_MEMORY)
    packed = b""
    while not unpacker.eof:
        if unpacker.needs_input:
            packed = raw.read(2**14)
            if not packed:
                raise EOFError("it ends too early")
        yield unpacker.decompress(packed, BLOCK)
        packed = b""


def kind_of(path: Path) -> tuple[str, bool]:
    """The encoding of a text file, which is read whole, and whether it holds quotes. Raises ImportFileError when it
    is no text."""
    source = blocks(path)
    first = next(source, b"")
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", True
    wide = _wide(first[:4096])
    if wide:
        return wide, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, western, quoted, place = True, True, False, 0
    for block in chain((first,), source):
        if b"\0" in block:
            raise ImportFileError(
                tr("{0} is not text (byte {1:,}); save it as CSV.", path.name, place + block.index(0))
            )
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
        western = western and _NO_LETTER.isdisjoint(block)
        quoted = quoted or b'"' in block
        place += len(block)
    if is_utf8:
        return "utf-8-sig", quoted
    if western:
        return "cp1252", quoted
    raise ImportFileError(
        tr("{0} is text in neither UTF-8, UTF-16 nor Windows-1252; save it as CSV in UTF-8.", path.name)
    )


def _wide(start: bytes) -> str:
    """UTF-16 without a mark has 0 in every other byte; empty for anything else."""
    if len(start) < 4:
        return ""
    low, high = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if high > 0.6 * half and not low:
        return "utf-16-le"
    return "utf-16-be" if low > 0.6 * half and not high else ""
