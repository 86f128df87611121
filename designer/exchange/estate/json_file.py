"""A JSON file of another program, read within limits of size, depth and memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from designer.errors import ImportFileError
from designer.exchange.text_file import blocks, kind_of
from designer.words import tr

LARGEST = 100 * 2**20
"""Most bytes of a JSON file: it takes about eight times as much memory."""


def read_json(path: Path) -> Any:
    """The value of a JSON file. Raises ImportFileError: no JSON, too large, nested too deep."""
    encoding, _ = kind_of(path)
    read = bytearray()
    for block in blocks(path):
        read += block
        if len(read) > LARGEST:
            raise ImportFileError(tr("{0} is larger than {1:,} MiB; split it.", path.name, LARGEST // 2**20))
    try:
        return json.loads(read.decode(encoding), parse_constant=_none)
    except RecursionError:
        raise ImportFileError(tr("{0} is nested too deep for an export.", path.name)) from None
    except ValueError as error:
        where = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        reason = tr("{0}, line {1:,}", getattr(error, "msg", str(error)), where)
        raise ImportFileError(tr("{0} is no JSON: {1}.", path.name, reason)) from None


def _none(_: str) -> None:
    """NaN and infinities are no values."""
