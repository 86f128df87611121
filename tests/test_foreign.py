"""What others wrote is read as it stands, be it in one piece or in many."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.foreign import LONG, PIECE, json_of

WORDS = st.sampled_from(["", "a", '}, {"', "}]", '"elements": [{"', "\\", '"', "\u2028", "é"]) | st.text(max_size=5)
VALUES = st.recursive(
    WORDS | st.none() | st.integers() | st.floats(allow_nan=False),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(WORDS, inside, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(WORDS, VALUES, max_size=3), max_size=4)


def padded(value: dict[str, Any], first: bool) -> str:
    """The text of an object that is long enough to be read in pieces."""
    pad = {"pad": "x" * LONG}
    return json.dumps({**pad, **value} if first else {**value, **pad})


@given(ROWS, VALUES, st.booleans())
def test_that_rows_read_in_pieces_are_those_of_the_whole(rows: list[Any], beside: Any, first: bool) -> None:
    text = padded({"format": 2, "elements": rows, "beside": beside}, first)
    assert json_of(text, rows="elements") == json.loads(text)


def test_that_no_row_is_lost_between_two_pieces() -> None:
    rows = [{"id": n, "name": f"VM {n}"} for n in range(2 * PIECE + 1)]
    assert json_of(padded({"elements": rows}, True), rows="elements")["elements"] == rows


@pytest.mark.parametrize(
    "text",
    [
        '{"elements": [{"a": 1}, {"a": 2}',
        '{"elements": [{"a": 1}], "elements": [{"a": 2}]',
        '[{"elements": [{"a": 1}]}',
    ],
)
def test_that_other_texts_are_read_as_a_whole(text: str) -> None:
    text += "}" * text.startswith("{") + "]" * text.startswith("[") + " " * LONG
    try:
        wanted = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match="delimiter"):
            json_of(text, rows="elements")
    else:
        assert json_of(text, rows="elements") == wanted
