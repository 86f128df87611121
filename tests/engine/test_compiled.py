"""How parts are compiled: into doors only, once for one kind of arguments, with the numbers of plain Python."""

from __future__ import annotations

import gc
import pickle
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core import base, inline_closurecall, ir, pythonapi, ssa, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import run_frontend
from numba.core.errors import LoweringError, TypingError

from designer.engine import calls_once, elements, tables_by_address
from designer.engine.clock import agenda
from designer.engine.compiled import BriefLibrary, DoorLibrary, PartLibrary, _called, brief_door, door, inlined, part
from designer.engine.result.arrays import create
from designer.engine.share import sparse
from designer.engine.share.arrays import CAPACITY, SIZE, SPARSE, Sparse
from designer.engine.tables_by_address import Table
from designer.engine.values import LoopLower, call_without_failing, set_once


@part
def _half(values: Any, n: int) -> float:
    return float(values[n] / 2.0)


@inlined
def _third(values: Any, n: int) -> float:
    return float(values[n] / 3.0)


@part
def _shares(values: Any, out: Any) -> None:
    for n in range(values.size):
        out[n] = _half(values, n) + _third(values, n)


def _share_all(values: Any, out: Any) -> None:
    _shares(values, out)
    out[0] += _half(values, 0)


def _add_two(columns: Sparse) -> None:
    sparse.add(columns, CAPACITY, 0, 0, 1.0)
    sparse.add(columns, SIZE, 0, 0, 1.0)


def fresh(function: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A door that nothing on disk holds."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(folder))
    return door(function)


def no_columns() -> Sparse:
    """Room for one row of one unit, as a run makes it."""
    return create(
        {"filled": (1,), "vm_series": (0, 0), "allocated": (1, 1), **dict.fromkeys(SPARSE, (1, 1))}, None
    ).sparse


def test_that_parts_become_machine_code_in_doors_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share_all = fresh(_share_all, tmp_path, monkeypatch)
    values, out, plain = np.arange(7.0), np.zeros(7), np.zeros(7)
    share_all(values, out)
    for n, value in enumerate(values):
        plain[n] = value / 2.0 + value / 3.0
    assert np.array_equal(out, plain)
    for of_part in [*_half.overloads.values(), *_shares.overloads.values()]:  # type: ignore[attr-defined]
        assert type(of_part.library) is PartLibrary
        engine: Any = of_part.library._codegen._engine
        assert not engine.is_symbol_defined(of_part.fndesc.llvm_func_name)
    (of_door,) = share_all.overloads.values()
    library: Any = of_door.library
    assert library.get_pointer_to_function(of_door.fndesc.llvm_cpython_wrapper_name)
    assert type(library) is DoorLibrary


def test_that_a_brief_door_gives_what_a_door_gives_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values, found, hits = np.arange(70.0), [], []
    for made, folder in ((door, "usual"), (brief_door, "brief"), (brief_door, "brief")):
        monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / folder))
        out, one = np.zeros(70), made(_share_all)
        one(values, out)
        (of_door,) = one.overloads.values()  # type: ignore[attr-defined]
        found.append(out.tobytes())
        hits.append((type(of_door.library), sum(one.stats.cache_hits.values())))  # type: ignore[attr-defined]
    assert len(set(found)) == 1
    assert hits[1:] == [(BriefLibrary, 0), (JITCodeLibrary, 1)]


def test_that_each_part_is_linked_once_and_only_names_are_kept_beside_the_machine_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hits in (0, 1):
        share_all = fresh(_share_all, tmp_path, monkeypatch)
        share_all(np.arange(7.0), np.zeros(7))
        assert sum(share_all.stats.cache_hits.values()) == hits
        (of_door,) = share_all.overloads.values()
        library: Any = of_door.library
        if not hits:
            called = _called(library)
            parts = {made.library for of in (_shares, _half) for made in of.overloads.values()}  # type: ignore[attr-defined]
            assert len(called) == len(set(called)) and parts & set(called)
            assert all("_half" not in one.name or one.is_declaration for one in library._final_module.functions)
        else:
            kept = [one for one in library._shared_module.functions if not one.is_declaration]
            assert of_door.fndesc.llvm_cpython_wrapper_name in {one.name for one in kept}
            assert [sum(1 for block in one.blocks for _ in block.instructions) for one in kept] == [1] * len(kept)


def test_that_what_would_be_linked_without_what_it_calls_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LoweringError, match=r"_shares.* is a part"):
        numba.njit(_share_all)(np.arange(7.0), np.zeros(7))
    for hits in (0, 1):
        inner = fresh(_share_all, tmp_path / "inner", monkeypatch)
        inner(np.arange(7.0), np.zeros(7))
        assert sum(inner.stats.cache_hits.values()) == hits

        def outer(values: Any, out: Any) -> None:
            _share_again(values, out)  # type: ignore[name-defined]  # noqa: F821

        monkeypatch.setitem(globals(), "_share_again", inner)
        with pytest.raises(LoweringError, match=r"_share_all.* is a door"):
            fresh(outer, tmp_path / "outer", monkeypatch)(np.arange(7.0), np.zeros(7))


def test_that_a_door_from_disk_needs_no_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values, found = np.arange(1.0, 4.0), []
    for _ in range(2):
        out = np.zeros(3)
        again = fresh(_share_all, tmp_path, monkeypatch)
        again(values, out)
        found.append((out.tolist(), sum(again.stats.cache_hits.values())))
    assert found[0][0] == found[1][0]
    assert [hits for _, hits in found] == [0, 1]


def test_that_constants_make_no_copies_of_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[Any] = [sparse.add, sparse.close, agenda._swap, agenda._before]
    before = [set(made.signatures) for made in parts]
    pop_batch: Any = agenda._pop_batch
    fresh(_add_two, tmp_path, monkeypatch)(no_columns())
    fresh(pop_batch.py_func, tmp_path, monkeypatch)(np.zeros(2), np.zeros((2, 6), np.int64), 2)
    for made, known in zip(parts, before):
        assert len(set(made.signatures) - known) <= 1, made


class _Inner(NamedTuple):
    step: Any
    values: Any


class _Outer(NamedTuple):
    on: Any
    count: Any
    inner: _Inner
    ways: Any


@part
def _times(table: _Inner, n: int) -> float:
    return float(table.values[n] * table.step)


def _work_out(table: _Outer, out: Any) -> None:
    for n in range(table.count):
        out[n] = _times(table.inner, n) + table.ways[1] if table.on else -1.0


def _outer(values: Any, on: bool = True) -> _Outer:
    return _Outer(on, 3, _Inner(np.float32(0.5), values), (1, 2))


def test_that_a_table_goes_by_its_address_with_tables_and_numbers_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_out, out = fresh(_work_out, tmp_path, monkeypatch), np.zeros(3)
    for table in (_outer(np.arange(3.0)), _outer(np.arange(3.0) * 4.0), _outer(np.arange(3.0), on=False)):
        work_out(table, out)
        plain = np.zeros(3)
        _work_out.__globals__["_times"], kept = _times.py_func, _times  # type: ignore[attr-defined]
        try:
            _work_out(table, plain)
        finally:
            _work_out.__globals__["_times"] = kept
        assert np.array_equal(out, plain)
    assert len(work_out.signatures) == 1
    (given,) = (signature[0] for signature in work_out.signatures)
    assert type(given) is Table
    assert [type(column) is Table for column in given.columns.values()] == [False, False, True, False]
    text = work_out.inspect_llvm(work_out.signatures[0])
    assert "noalias" in text


def test_that_tables_of_other_columns_are_other_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (numba.typeof(_Inner(np.float32(1.0), values)) for values in (np.zeros(1), np.zeros(1, np.float32)))
    assert one != other and str(one) != str(other)
    assert pickle.loads(pickle.dumps(one)) == one == numba.typeof(_Inner(np.float32(2.0), np.ones(4)))
    assert not isinstance(numba.typeof((1, 2.0)), Table)  # a plain tuple is what it is for numba


def test_that_what_is_no_table_of_arrays_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work_out = fresh(_work_out, tmp_path, monkeypatch)
    with pytest.raises(TypingError):
        work_out(_Outer(True, 1, _Inner(object(), np.zeros(1)), (1, 2)), np.zeros(1))


def test_that_an_array_of_another_item_is_refused_where_the_type_was_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work_out, out = fresh(_work_out, tmp_path, monkeypatch), np.zeros(3)
    work_out(_outer(np.arange(3.0)), out)
    (of_door,) = work_out.overloads.values()
    narrow, before = np.zeros(3, np.float32), out.tolist()
    for table, given in ((_outer(narrow), out), (_outer(None), out), (_outer(np.ones(3)), narrow), (_outer(1), [])):
        with pytest.raises(TypeError, match="another type"):
            of_door.entry_point(table, given)
    assert out.tolist() == before
    of_door.entry_point(_outer(np.arange(3.0) + 1.0), out)
    assert out.tolist() != before


def test_that_what_an_operation_returns_is_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    look_up = calls_once._look_up
    monkeypatch.setattr(calls_once, "_look_up", lambda *call: asked.append(call[0]) or look_up(*call))
    monkeypatch.setattr(calls_once, "_found", {})
    values = np.arange(3.0)
    fresh(lambda of: of[0] * of[1] + of[2] * of[0], tmp_path, monkeypatch)(values)
    assert 0 < len(asked) == len({*calls_once._found})
    again = fresh(lambda of: of[2] + of[1] * of[0], tmp_path, monkeypatch)
    before = len(asked)
    assert again(values) == 2.0
    assert len(asked) == before


def test_that_variables_are_listed_as_the_compiler_lists_them() -> None:
    place = ir.Loc("of", 1)
    one, two, three = (ir.Var(None, name, place) for name in "abc")
    call = ir.Expr.call(one, (two, [three]), (("by", two),), place)
    statement = ir.Assign(call, three, place)
    assert [v.name for v in statement.list_vars()] == ["a", "b", "c", "b", "c"]


def _set_twice(values: Any, n: int) -> float:
    best, at = values[0], 0
    for one in range(n):
        if values[one] > best:
            best, at = values[one], one
        elif values[one] < 0.0:
            at = at + 1 if at else one
    return float(best + at)


def _as_text(blocks: Any) -> list[str]:
    return [f"{label}: {statement}" for label, block in blocks.items() for statement in block.body]


def test_that_variables_set_twice_become_those_that_the_compiler_makes_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    given, other = (run_frontend(_set_twice).blocks for _ in range(2))  # type: ignore[no-untyped-call]
    before, made = _as_text(given), _as_text(ssa._run_ssa(given))  # type: ignore[no-untyped-call]
    monkeypatch.setattr(ssa, "_run_block_rewrite", calls_once._rewrites)
    assert made == _as_text(calls_once._makes_single(other))
    assert made != before and any("phi" in line for line in made)


def test_that_only_what_has_something_to_rewrite_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    def spread(several: Any) -> int:
        return max(*several)

    asked: list[Any] = []
    process = calls_once._unless_plain(lambda interpreter, rewrites, function: asked.append(function) or function)
    monkeypatch.setattr(calls_once._interpreter, "post_process", process)
    for one, count in ((_set_twice, 0), (spread, 1)):
        run_frontend(one)  # type: ignore[no-untyped-call]
        assert len(asked) == count


def test_that_no_garbage_is_looked_for_while_a_door_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    look_up = calls_once._look_up
    monkeypatch.setattr(calls_once, "_look_up", lambda *call: seen.append(gc.isenabled()) or look_up(*call))
    monkeypatch.setattr(calls_once, "_found", {})
    was_on = gc.isenabled()
    assert fresh(lambda of: of[0] * 2.0, tmp_path, monkeypatch)(np.ones(1)) == 2.0
    assert seen and not any(seen)
    assert gc.isenabled() == was_on


def test_that_a_type_is_measured_once() -> None:
    asked: list[str] = []
    measure = calls_once._measured(lambda of, layout, *rest: asked.append(str(of)) or len(asked))
    assert [measure(of, "layout") for of in ("i64", "i64", "i8", "%name", "%name")] == [1, 1, 2, 3, 4]
    assert measure("i64", "layout", 1) == 5
    assert asked == ["i64", "i8", "%name", "%name", "i64"]


def _elements(flat: Any, square: Any, turned: Any, marks: Any, unsigned: Any, out: Any) -> None:
    out[0] = flat[-1] + flat[unsigned]
    for n in range(-len(flat), square.shape[0] - 3):
        out[1] += flat[n]
    out[2] = square[-1, 1] + square[unsigned, unsigned] + turned[-1, 1]
    marks[-2] = flat[0] == 0.0
    out[3] = marks[0] + marks[1] * 2
    square[1, -1] = flat.size
    turned[0, -1] = 7.9
    out[5] = flat[1:][1]
    out[-1] = square[0][-1]


def test_that_elements_are_those_of_plain_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def given() -> Any:
        square = np.arange(6.0).reshape(2, 3)
        turned = np.asfortranarray(np.arange(6).reshape(2, 3))
        return np.arange(4.0), square, turned, np.zeros(2, np.bool_), np.uint64(1), np.zeros(8)

    compiled, plain = given(), given()
    _elements(*plain[:4], *(1, plain[5]))
    numbas: list[Any] = []
    for name in ("getitem_arraynd_intp", "getitem_array_tuple", "setitem_array"):
        usual = getattr(elements._numba, name)
        monkeypatch.setattr(
            elements._numba, name, lambda *call, usual=usual: numbas.append(call[2].args) or usual(*call)
        )
    fresh(_elements, tmp_path, monkeypatch)(*compiled)
    for n in (0, 1, 2, 3, 5):
        assert np.array_equal(compiled[n], plain[n])
    others = {(array.layout, array.ndim, index) for array, index, *_ in numbas}
    if numba.config.BOUNDSCHECK:  # numba's way checks them
        return
    assert {(layout, axes) for layout, axes, _ in others} == {("F", 2), ("C", 2)}  # what is turned, and a row
    assert not [one for one in others if one[:2] == ("C", 1) and isinstance(one[2], numba.types.Integer)]


def test_that_what_is_declared_later_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fresh(lambda of: of + 1, tmp_path, monkeypatch)(1) == 2

    def late(of: Any) -> Any:
        raise AssertionError

    numba.extending.overload(late)(lambda of: lambda of: of + 2)
    assert fresh(lambda of: late(of), tmp_path, monkeypatch)(1) == 3


def _ways(values: Any, out: Any) -> None:
    """Variables that are set before, in and after branches and loops; ranges of all kinds; least and most."""
    total, last, n = 0.0, -1, 7
    for i in range(values.size):
        if values[i] > 2.0:
            found = values[i]
            last = i
        elif i > 0:
            found = values[i - 1]
        else:
            found = 0.5
        total += found
        for j in range(i, n):
            if j == 5:
                continue
            total += j * found
        for _ in range(3, i):
            total -= 0.25
    for k in range(n, -1, -3):
        total += k
    for k in range(2, 2):
        last = k
    step = total if last > 2 else 0.5
    n = 3
    while n > 0:
        n -= 1
        if n == 1:
            break
    out[0], out[1], out[2], out[3] = total, last, step, n
    out[4], out[5] = min(values[0], values[1], 2), max(values[0], np.nan)
    out[6], out[7] = min(np.nan, values[1]), max(last, n)


def test_that_variables_ranges_and_least_are_those_of_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = fresh(_ways, tmp_path, monkeypatch)
    for values in (np.arange(9.0), np.array([1.0, 3.0]), np.array([5.0, -1.0, 0.0, 9.0]), np.full(4, -2.0)):
        out, plain = np.zeros(8), np.zeros(8)
        ways(values, out)
        _ways(values, plain)
        assert out.tobytes() == plain.tobytes(), values


def _branches(values: Any, out: Any) -> None:
    before = values[0]
    if values[1] > 0.0:
        inside = before
    out[0] = before
    for n in range(2):
        again = values[n]
        out[0] += again
    if values[1] > 0.0:
        out[0] += inside


def test_that_a_variable_is_a_value_where_every_way_to_its_uses_sets_it() -> None:
    code: Any = run_frontend(_branches)
    once = {name.split(".")[0] for name in set_once(code.blocks)}
    assert {"before", "again", "n", "values"} <= once
    assert "inside" not in once


def _fail(values: Any) -> None:
    if values[0] > 0.0:
        raise ValueError


def test_that_a_part_that_raises_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = part(_fail)

    def door_of(values: Any) -> None:
        failing(values)

    with pytest.raises(LoweringError, match="raises nothing"):
        fresh(door_of, tmp_path, monkeypatch)(np.ones(1))


def test_that_what_numba_is_told_to_do_otherwise_is_what_it_calls() -> None:
    numbas = {name for cls in LoopLower.__mro__[1:] for name in vars(cls)}
    assert {name for name in vars(LoopLower) if callable(vars(LoopLower)[name])} <= numbas
    numbas = {name for cls in JITCodeLibrary.__mro__ for name in vars(cls)} | {"set_env"}
    for library in (DoorLibrary, PartLibrary):
        assert {name for name in vars(library) if callable(vars(library)[name])} <= numbas
    assert pythonapi._unboxers.lookup(types.Array) is tables_by_address._read  # type: ignore[no-untyped-call]
    assert base.user_function is call_without_failing
    assert {"user_function", "enable_boundscheck"} <= set(vars(base)) | set(vars(base.BaseContext))
    assert inline_closurecall.copy.deepcopy is not deepcopy


def _nonsense(values: Any) -> None:
    values[0] = values.nothing


def test_that_an_error_says_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypingError, match=r"(?s)attribute 'nothing'.*typing of get attribute at .*test_comp"):
        fresh(_nonsense, tmp_path, monkeypatch)(np.ones(1))
