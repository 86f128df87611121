"""A JSON file of another program, read within limits of size, depth and memory."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from designer.errors import ImportFileError
from designer.exchange.going import EACH, Going, unheard
from designer.exchange.text_file import blocks, kind_of
from designer.words import tr

LARGEST = 100 * 2**20
"""Most bytes of a JSON file: it takes about eight times as much memory."""
USUAL_OBJECT = 200.0
"""Characters of an export that usually are one object."""


def read_json(path: Path, going: Going = unheard) -> Any:
    """The value of a JSON file. Raises ImportFileError: no JSON, too large, nested too deep."""
    encoding, _ = kind_of(path)
    read = bytearray()
    for block in blocks(path):
        read += block
        going(0.0)
        if len(read) > LARGEST:
            raise ImportFileError(tr("{0} is larger than {1:,} MiB; split it.", path.name, LARGEST // 2**20))
    try:
        text = read.decode(encoding)
        return json.loads(text, parse_constant=_none, object_hook=_counted(going, len(text) / USUAL_OBJECT))
    except RecursionError:
        raise ImportFileError(tr("{0} is nested too deep for an export.", path.name)) from None
    except ValueError as error:
        where = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        reason = tr("{0}, line {1:,}", getattr(error, "msg", str(error)), where)
        raise ImportFileError(tr("{0} is no JSON: {1}.", path.name, reason)) from None


def _counted(going: Going, count: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Let each object pass; tell progress every few hundred of about `count`. That it is a function of Python lets
    other threads have their turns, too."""
    numbers = itertools.count(1)

    def passed(value: dict[str, Any]) -> dict[str, Any]:
        number = next(numbers)
        if number % EACH == 0:
            going(min(number / count, 0.9))
        return value

    return passed


def _none(_: str) -> None:
    """NaN and infinities are no values."""
