"""How much a design may hold: an edit asks for the same limits as a file, so an edited design can be saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from designer.collector import collector_off
from designer.errors import RuleError
from designer.model.element import Element, Link, clone
from designer.model.history import Added, Changed, Op
from designer.model.kind import Kind, Kinds
from designer.model.tree import Tree
from designer.words import tr

ELEMENT_LIMIT = 250_000
"""Most elements in one design."""
LINK_LIMIT = 4 * ELEMENT_LIMIT
"""Most links of a design."""
TEXT_LIMIT = 128 << 20
"""Most bytes of all text of a design."""
DATA_LIMIT = 256 << 20
"""Most bytes of all packed data (traces, blueprints) of a design."""
CELL_LIMIT = 64 << 20
"""Most bytes of packed data in one field."""
UNPACKED_LIMIT = 256 << 20
"""Most bytes that all traces of a design may unpack to. A small packed trace can claim terabytes."""


TOGETHER = 256
"""Rows whose texts are measured together: they stay in the processor's cache."""


class Amounts(NamedTuple):
    """Bytes of text in UTF-8, and of packed data."""

    text: int = 0
    data: int = 0

    def plus(self, other: Amounts) -> Amounts:
        """Both together."""
        return Amounts(self.text + other.text, self.data + other.data)


def amounts_of(rows: Iterable[Element | Link]) -> Amounts:
    """The amounts of all rows."""
    by_class: defaultdict[type[Element | Link], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_class[type(row)].append(row.__dict__)
    found = Amounts()
    for cls, some in by_class.items():
        texts, data = _sized(cls)
        texts_of, text = itemgetter(*texts), 0
        for first in range(0, len(some), TOGETHER):
            text += sum(map(text_bytes, zip(*map(texts_of, some[first : first + TOGETHER]))))
        found = found.plus(Amounts(text, sum(len(fields[name]) for name in data for fields in some)))
    return found


def text_bytes(texts: Sequence[str]) -> int:
    """How many bytes texts take in UTF-8."""
    first = texts[0]
    if texts.count(first) == len(texts):
        return len(texts) * len(first.encode("utf-8", "surrogatepass"))
    if all(map(str.isascii, texts)):
        return sum(map(len, texts))
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


@cache
def _sized(cls: type[Element | Link]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields of a class that hold text (there are two at least), and those that hold packed data."""
    kinds = {name: field.annotation for name, field in cls.model_fields.items()}
    data = tuple(name for name, kind in kinds.items() if kind is bytes)
    return tuple(name for name, kind in kinds.items() if kind not in (int, float, bool, bytes)), data


class Gauge:
    """Knows that a design holds at most `most`; counts exactly only where that exceeds a limit."""

    def __init__(self) -> None:
        self.most: Amounts | None = None

    def take(self, tree: Tree, kinds: Kinds, ops: Iterable[Op]) -> None:
        """Add the operations on a tree. Raises RuleError where it now holds too much, and more than before."""
        came = _came(tree, kinds, ops)
        if came.links > 0 and len(tree.links) > LINK_LIMIT:
            raise RuleError(tr("A design holds at most {0:,} links; it would have {1:,}.", LINK_LIMIT, len(tree.links)))
        if came.largest > CELL_LIMIT:
            raise RuleError(_too_much(tr("packed data"), tr("in one element"), came.largest, CELL_LIMIT))
        if any(came.amounts):
            self._judge(tree, came.amounts)
        _judge_unpacked(tree, kinds, came)

    def _judge(self, tree: Tree, came: Amounts) -> None:
        limits = Amounts(TEXT_LIMIT, DATA_LIMIT)
        most = came.plus(self.most) if self.most is not None else limits.plus(Amounts(1, 1))
        if most.text > limits.text or most.data > limits.data:
            with collector_off():
                most = amounts_of([*tree.elements.values(), *tree.links.values()])
            for what, held, limit, new in zip((tr("text"), tr("packed data")), most, limits, came):
                if held > limit and new:
                    raise RuleError(_too_much(what, tr("in one design"), held, limit))
        self.most = most


def _too_much(what: str, where: str, held: int, limit: int) -> str:
    return tr(
        "{0:,.1f} MiB of {1} would be {2}; the most is {3} MiB. Leave some of it out, or split the design.",
        held / 2**20,
        what,
        where,
        limit >> 20,
    )


class _Came(NamedTuple):
    """What operations added: text and data, new links, the largest piece of data, and elements of kinds with packed
    data with their earlier state (None: new)."""

    amounts: Amounts
    links: int
    largest: int
    elements: list[tuple[Element, Element | None]]


def _came(tree: Tree, kinds: Kinds, ops: Iterable[Op]) -> _Came:
    rows: list[Element | Link] = []
    elements: list[tuple[Element, Element | None]] = []
    amounts, largest = Amounts(), 0
    for op in ops:
        if isinstance(op, Added):
            rows.append(op.row)
        elif isinstance(op, Changed):
            texts = [new for _, new in op.fields.values() if isinstance(new, str)]
            pieces = [len(new) for _, new in op.fields.values() if isinstance(new, bytes)]
            if texts or pieces:
                amounts = amounts.plus(Amounts(text_bytes(texts) if texts else 0, sum(pieces)))
                largest = max([largest, *pieces])
            row = tree.elements.get(op.id)
            if row is not None and kinds[row.kind].unpacked is not None:
                elements.append((row, _before(row, op)))
    elements += ((row, None) for row in rows if isinstance(row, Element) and kinds[row.kind].unpacked is not None)
    largest = max([largest, *_pieces(rows)])
    return _Came(amounts.plus(amounts_of(rows)), sum(isinstance(row, Link) for row in rows), largest, elements)


def _before(row: Element, op: Changed) -> Element:
    made = clone(row)
    made.__dict__.update({name: old for name, (old, _) in op.fields.items()})
    return made


def _pieces(rows: Iterable[Element | Link]) -> Iterator[int]:
    return (len(row.__dict__[name]) for row in rows for name in _sized(type(row))[1])


def _judge_unpacked(tree: Tree, kinds: Kinds, came: _Came) -> None:
    """Raise RuleError where packed data unpacks to more than a run can load."""
    for name, kind in kinds.items():
        if kind.unpacked is None:
            continue
        changed = [(row, old) for row, old in came.elements if row.kind == name]
        grown = sum(kind.unpacked(row) - (kind.unpacked(old) if old is not None else 0) for row, old in changed)
        if grown > 0 and (sentence := unpacked_error(kind, tree.of_kind(name))):
            raise RuleError(sentence)


def unpacked_error(kind: Kind, rows: Iterable[Element]) -> str | None:
    """Why the packed data of a kind's elements unpacks to more than a run can load, or None."""
    return unpacked_sum_error(kind.plural, kind.noun, sum(map(kind.unpacked, rows)) if kind.unpacked is not None else 0)


def unpacked_sum_error(plural: str, noun: str, total: int) -> str | None:
    """Why a sum of unpacked bytes is more than a run can load, or None."""
    if total <= UNPACKED_LIMIT:
        return None
    return tr(
        "The {0} hold {1:,} MiB; the most is {2} in a design. Use fewer rows or a longer step, or delete a {3}.",
        plural,
        total >> 20,
        UNPACKED_LIMIT >> 20,
        noun,
    )
