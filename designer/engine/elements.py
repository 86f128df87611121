"""How the loops reach an element of an array: its address from the index, and nothing that is not asked.

For each `a[i]` numba writes the whole array down, its strides and item size too, and reads back what it needs; the
compiler then removes all that again. Here what is needed is taken out at once, by the same arithmetic and with the same
results. Slices, rows, other layouts and checked bounds go numba's way.
"""

from __future__ import annotations

import operator
from typing import Any

from numba.core import cgutils, types
from numba.extending import lower_builtin, lower_getattr
from numba.np import arrayobj

_code: Any = cgutils
_numba: Any = arrayobj
_lowers: Any = lower_builtin
_lowers_attribute: Any = lower_getattr


def _field(context: Any, builder: Any, array: Any, value: Any, name: str) -> Any:
    """A field of an array that is at hand as a value."""
    return context.data_model_manager[array].get(builder, value, name)


def _is_plain(context: Any, array: Any, indices: Any) -> bool:
    """Whether one whole number for each axis leads to an element of rows that lie one after the other."""
    return (
        array.layout == "C"
        and array.ndim == len(indices)
        and not context.enable_boundscheck
        and all(isinstance(one, types.Integer) for one in indices)
    )


def _address(context: Any, builder: Any, array: Any, value: Any, kinds: Any, indices: Any) -> Any:
    """The address of an element. A negative index counts from the end."""
    shape = _field(context, builder, array, value, "shape")
    at = None
    for axis, (kind, index) in enumerate(zip(kinds, indices, strict=True)):
        size = builder.extract_value(shape, axis) if kind.signed or axis else None
        index = _numba.fix_integer_index(context, builder, kind, index, size)
        at = index if at is None else builder.add(builder.mul(at, size), index)
    return builder.gep(_field(context, builder, array, value, "data"), [at])


def _kinds(index: Any) -> Any:
    """The type of an index for each axis."""
    several: Any = index
    return several.types if isinstance(index, types.BaseTuple) else (index,)


def _indices(builder: Any, index: Any, value: Any) -> Any:
    """The index of each axis."""
    return _code.unpack_tuple(builder, value) if isinstance(index, types.BaseTuple) else (value,)


@_lowers(operator.getitem, types.Array, types.Integer)  # type: ignore[untyped-decorator]
@_lowers(operator.getitem, types.Array, types.BaseTuple)  # type: ignore[untyped-decorator]
def _load(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    array, kind = signature.args
    if not _is_plain(context, array, _kinds(kind)):
        several = isinstance(kind, types.BaseTuple)
        numbas = _numba.getitem_array_tuple if several else _numba.getitem_arraynd_intp
        return numbas(context, builder, signature, args)
    at = _address(context, builder, array, args[0], _kinds(kind), _indices(builder, kind, args[1]))
    return _numba.load_item(context, builder, array, at)


@_lowers(operator.setitem, types.Array, types.Integer, types.Any)  # type: ignore[untyped-decorator]
@_lowers(operator.setitem, types.Array, types.BaseTuple, types.Any)  # type: ignore[untyped-decorator]
def _store(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    array, kind, given = signature.args
    if not _is_plain(context, array, _kinds(kind)):
        return _numba.setitem_array(context, builder, signature, args)
    at = _address(context, builder, array, args[0], _kinds(kind), _indices(builder, kind, args[1]))
    _numba.store_item(context, builder, array, context.cast(builder, args[2], given, array.dtype), at)
    return context.get_dummy_value()


@_lowers(len, types.Array)  # type: ignore[untyped-decorator]
def _length(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.extract_value(_field(context, builder, signature.args[0], args[0], "shape"), 0)


@_lowers_attribute(types.Array, "shape")  # type: ignore[untyped-decorator]
def _shape(context: Any, builder: Any, array: Any, value: Any) -> Any:
    return _field(context, builder, array, value, "shape")
