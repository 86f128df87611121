"""How arrays and named tuples of them reach the loops: each tuple stays where it is, and its address is handed on.

Numba hands each array of a tuple on as seven numbers, and takes each tuple apart and together at each call: with tables
of dozens of arrays that was half of what the compiler had to read. Here the door writes a table down once; parts take
its address, and load a column where they name it. Nothing in a loop may change a table, only what its arrays hold.
Numba also writes the reading of an array anew for each; here a door has one function that reads an array and one that
reads those of a table.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from llvmlite import ir
from numba.core import boxing, cgutils, imputils, pythonapi, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, lower_getattr_generic, models, register_model, typeof_impl
from numba.np.numpy_support import as_dtype

_code: Any = cgutils
_python: Any = pythonapi
_borrowed: Any = imputils.impl_ret_borrowed
_lowers: Any = lower_getattr_generic

WORD = 8
"""Bytes at a multiple of which each column begins."""


class Table(types.Type):
    """The type of a named tuple: its class, and the types of its columns."""

    def __init__(self, of: type, columns: tuple[Any, ...]) -> None:
        self.of, self.columns = of, dict(zip(of._fields, columns, strict=True))  # type: ignore[attr-defined]
        written = hashlib.sha256(", ".join(map(str, columns)).encode()).hexdigest()[:12]
        super().__init__(f"{of.__name__}_{written}")  # short: the name of each part holds those of its arguments

    @property
    def key(self) -> Any:
        """What makes two types the same: the name tells the columns."""
        return self.of, self.name


_typeof_tuple: Any = typeof_impl.dispatch(tuple)


@typeof_impl.register(tuple)
def _typeof(value: tuple[Any, ...], context: Any) -> Any:
    if not hasattr(value, "_fields"):
        return _typeof_tuple(value, context)
    columns = tuple(typeof_impl(one, context) for one in value)
    return None if None in columns else Table(type(value), columns)


@register_model(Table)
class _Address(models.PrimitiveModel):
    """A table is its address. While a function runs nobody writes there, so that it may keep what it loaded."""

    def __init__(self, manager: Any, table: Table) -> None:
        super().__init__(manager, table, _code.voidptr_t)  # type: ignore[no-untyped-call]

    def from_argument(self, builder: Any, value: Any) -> Any:
        """Say so of the argument of a function."""
        value.add_attribute("noalias")
        return value


@cache
def _places(context: Any, table: Table) -> tuple[dict[str, int], int]:
    """Where each column begins, and how long the table is, bytes."""
    places, at = {}, 0
    for name, column in table.columns.items():
        places[name] = at
        at += -(-context.get_abi_sizeof(context.get_value_type(column)) // WORD) * WORD
    return places, at


def _address(context: Any, builder: Any, table: Table, begin: Any, name: str) -> Any:
    """The address of a column."""
    at = _code.gep_inbounds(builder, begin, _places(context, table)[0][name])
    return builder.bitcast(at, context.get_value_type(table.columns[name]).as_pointer())


@_python.unbox(Table)  # type: ignore[untyped-decorator]
def _write_down(table: Table, given: Any, c: Any) -> Any:
    """Write a table down in memory that lasts as long as the call of the door."""
    places, bytes_ = _places(c.context, table)
    begin = _code.alloca_once(c.builder, _code.intp_t, size=max(bytes_ // WORD, 1))
    begin = c.builder.bitcast(begin, _code.voidptr_t)
    arrays = [
        (n, places[name], _item_bytes(column))
        for n, (name, column) in enumerate(table.columns.items())
        if isinstance(column, types.Array)
    ]
    failed, cleanups = c.builder.call(_reader_of_table(c), (given, begin, *_constants(c, arrays))), []
    for n, (name, column) in enumerate(table.columns.items()):
        if isinstance(column, types.Array):
            continue
        native = c.unbox(column, c.pyapi.tuple_getitem(given, n))
        c.builder.store(native.value, _address(c.context, c.builder, table, begin, name))
        failed = c.builder.or_(failed, native.is_error)
        if native.cleanup is not None:
            cleanups.append(native.cleanup)

    def cleanup() -> None:
        for one in reversed(cleanups):
            one()

    return _python.NativeValue(begin, cleanup=cleanup if cleanups else None, is_error=failed)


def _read(array: Any, given: Any, c: Any) -> Any:
    """Read an array that is handed over by itself."""
    if c.context.enable_nrt:
        return _numbas_read(array, given, c)
    at = _code.alloca_once(c.builder, c.context.get_value_type(array))
    begin = c.builder.bitcast(at, _code.voidptr_t)
    failed = c.builder.call(_reader_of_array(c), (given, begin, _word(_item_bytes(array))))
    return _python.NativeValue(c.builder.load(at), is_error=failed)


_numbas_read: Any = boxing.unbox_array
_python._unboxers.functions[types.Array] = _read
_word: Any = _code.intp_t
_OF_ITEMS = 3
"""Where an array that was read tells how long its items are, words from its begin."""


def _item_bytes(array: Any) -> int:
    """How long the items of an array are, bytes."""
    return int(as_dtype(array.dtype).itemsize)


def _constants(c: Any, arrays: list[tuple[int, int, int]]) -> tuple[Any, Any]:
    """Which columns are arrays, where each begins and how long its items are, and how many they are."""
    words = ir.Constant(ir.ArrayType(_word, 3 * len(arrays)), [number for one in arrays for number in one])
    kept = _code.global_constant(c.builder, ".columns", words)
    return c.builder.bitcast(kept, _word.as_pointer()), _word(len(arrays))


def _function(c: Any, name: str, *kinds: Any) -> tuple[Any, Any]:
    """A function of this door that returns whether it failed, and what writes it; None where it is written."""
    found = c.builder.module.globals.get(name)
    if found is not None:
        return found, None
    made = ir.Function(c.builder.module, ir.FunctionType(_code.bool_t, kinds), name)
    made.linkage = "internal"
    made.attributes.add("noinline")
    builder = ir.IRBuilder(made.append_basic_block())
    return made, type(c)(c.context, builder, c.context.get_python_api(builder))


def _reader_of_array(c: Any) -> Any:
    """The function that writes an array down, given the object, an address, and how long its items must be."""
    made, inside = _function(c, ".write_array", c.pyapi.pyobj, _code.voidptr_t, _word)
    if inside is None:
        return made
    (given, at, item_bytes), builder = made.args, inside.builder
    error = inside.pyapi.numba_array_adaptor(given, at)
    found = builder.load(builder.gep(builder.bitcast(at, _word.as_pointer()), [_word(_OF_ITEMS)]))
    failed = builder.or_(_code.is_not_null(builder, error), builder.icmp_unsigned("!=", found, item_bytes))
    with builder.if_then(failed, likely=False):
        inside.pyapi.err_set_string("PyExc_TypeError", "An array is of another type than the loop was compiled for.")
    builder.ret(failed)
    return made


def _reader_of_table(c: Any) -> Any:
    """The function that writes the arrays of a table down, given the tuple, an address, and `_constants`."""
    reader = _reader_of_array(c)
    made, inside = _function(c, ".write_table", c.pyapi.pyobj, _code.voidptr_t, _word.as_pointer(), _word)
    if inside is None:
        return made
    (given, begin, columns, count), builder = made.args, inside.builder
    kind = ir.FunctionType(c.pyapi.pyobj, [c.pyapi.pyobj, _word])
    getter = _code.get_or_insert_function(builder.module, kind, "PyTuple_GetItem")
    failed = _code.alloca_once_value(builder, _code.false_bit)
    with _code.for_range(builder, count) as loop:
        at = builder.mul(loop.index, _word(3))
        n, place, item_bytes = (builder.load(builder.gep(columns, [builder.add(at, _word(i))])) for i in range(3))
        one = builder.call(getter, [given, n])
        is_error = builder.call(reader, [one, builder.gep(begin, [place]), item_bytes])
        builder.store(builder.or_(builder.load(failed), is_error), failed)
    builder.ret(builder.load(failed))
    return made


@infer_getattr
class _Columns(AttributeTemplate):
    key = Table

    def generic_resolve(self, table: Table, name: str) -> Any:  # type: ignore[override]
        """The type of a column."""
        return table.columns.get(name)


@_lowers(Table)  # type: ignore[untyped-decorator]
def _load(context: Any, builder: Any, table: Table, begin: Any, name: str) -> Any:
    value = builder.load(_address(context, builder, table, begin, name))
    return _borrowed(context, builder, table.columns[name], value)
