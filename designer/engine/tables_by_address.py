"""How named tuples of arrays reach the loops: each stays where it is, and its address is handed on.

Numba hands each array of a tuple on as seven numbers, and takes each tuple apart and together at each call: with tables
of dozens of arrays that was half of what the compiler had to read. Here the door writes a table down once; parts take
its address, and load a column where they name it. Nothing in a loop may change a table, only what its arrays hold.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from llvmlite import ir
from numba.core import boxing, cgutils, imputils, pythonapi, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, lower_getattr_generic, models, register_model, typeof_impl

_code: Any = cgutils
_boxing: Any = boxing
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
    words = _places(c.context, table)[1] // WORD
    begin = _code.alloca_once(c.builder, _code.intp_t, size=max(words, 1))
    begin = c.builder.bitcast(begin, _code.voidptr_t)
    failed, cleanups = _code.alloca_once_value(c.builder, _code.false_bit), []
    for n, (name, column) in enumerate(table.columns.items()):
        at, one = _address(c.context, c.builder, table, begin, name), c.pyapi.tuple_getitem(given, n)
        if isinstance(column, types.Array):
            is_error = c.builder.call(_reader(c, column, one.type, at.type), (one, at))
        else:
            native = c.unbox(column, one)
            c.builder.store(native.value, at)
            is_error = native.is_error
            if native.cleanup is not None:
                cleanups.append(native.cleanup)
        c.builder.store(c.builder.or_(c.builder.load(failed), is_error), failed)

    def cleanup() -> None:
        for one in reversed(cleanups):
            one()

    return _python.NativeValue(begin, cleanup=cleanup if cleanups else None, is_error=c.builder.load(failed))


def _reader(c: Any, column: Any, given: Any, at: Any) -> Any:
    """The function of this door that writes an array of a type down and returns whether it could not: one for all
    columns of the type."""
    name = f".write_down.{column.mangling_args[0]}{column.mangling_args[1]}"
    found = c.builder.module.globals.get(name)
    if found is not None:
        return found
    made = ir.Function(c.builder.module, ir.FunctionType(_code.bool_t, (given, at)), name)
    made.linkage = "internal"
    made.attributes.add("noinline")
    builder = ir.IRBuilder(made.append_basic_block())
    inside = type(c)(c.context, builder, c.context.get_python_api(builder))
    native = _boxing.unbox_array(column, made.args[0], inside)
    builder.store(native.value, made.args[1])
    builder.ret(native.is_error)
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
