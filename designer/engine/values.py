"""How the variables, calls and ranges of a loop become code of the machine.

Numba gives a variable a place in memory where it is used in another block than the one that sets it, reads what was
there before each store, and clears it when it is used no more, for the counting of references that our loops do not
have. After each call it asks whether that failed; no part can. A range counts down what is left of any step, and `min`
is a call. The compiler removes all that again. Here it is not written: two thirds of the code lead to the same loops.
"""

from __future__ import annotations

import operator
from collections import Counter
from typing import Any

from numba.core import analysis, base, cgutils, compiler_machinery, imputils, ir, lowering, typed_passes, types
from numba.core.errors import LoweringError
from numba.cpython import builtins, rangeobj  # the second declares what is looked up below
from numba.extending import lower_builtin

_numba: Any = lowering.Lower
_steps: Any = typed_passes.BaseNativeLowering
_analysis: Any = analysis
_base: Any = base
_code: Any = cgutils
_types: Any = types
_builtins: Any = builtins
_ranges: Any = rangeobj
_step: Any = compiler_machinery.register_pass
_lowers: Any = lower_builtin
_numbas_call: Any = _base.user_function

_LEAST: dict[Any, Any] = {min: operator.lt, max: operator.gt}


def set_once(blocks: Any) -> set[str]:
    """The variables that are set by one instruction through which every way to their uses leads."""
    found = _analysis.compute_use_defs(blocks)
    above = _analysis.compute_cfg_from_blocks(blocks).dominators()
    times = Counter(one.target.name for block in blocks.values() for one in block.find_insts(ir.Assign))
    where = {name: label for label, names in found.defmap.items() for name in names if times[name] == 1}
    for label, names in found.usemap.items():
        for name in names & where.keys():
            if where[name] >= label or where[name] not in above.get(label, ()):
                del where[name]
    return set(where)


class LoopLower(_numba):  # type: ignore[misc]
    """Writes the code of a loop. The methods are numba's own."""

    def _find_singly_assigned_variable(self) -> None:
        self._singly_assigned_vars = set_once(self.func_ir.blocks)
        self._blk_local_varmap: dict[str, Any] = {}

    def storevar(self, value: Any, name: str, argidx: int | None = None) -> None:
        """Set a variable."""
        if name in self._singly_assigned_vars:
            self._blk_local_varmap[name] = value
            return
        self._alloca_var(name, self.typeof(name))
        self.builder.store(value, self.getvar(name))

    def lower_inst(self, inst: Any) -> None:
        """Write an instruction. Most set a variable: they are not written out as text before, which nobody reads."""
        if type(inst) is not ir.Assign:
            super().lower_inst(inst)
            return
        name = inst.target.name
        self.storevar(self.lower_assign(self.typeof(name), inst), name)

    def return_exception(self, *args: Any, **kws: Any) -> None:
        """Fail, which nothing that calls a part would see."""
        if self.library.cannot_fail:
            raise LoweringError("A part of a loop raises nothing: return a number that says so.", loc=self.loc)
        super().return_exception(*args, **kws)

    def lower_expr(self, resty: Any, expr: Any) -> Any:
        """The value of an expression; of the pair that an iterator gives the part that is asked for."""
        if expr.op not in ("pair_first", "pair_second"):
            return super().lower_expr(resty, expr)
        part = 0 if expr.op == "pair_first" else 1
        return self.builder.extract_value(self.loadvar(expr.value.name), part)

    def _lower_call_normal(self, fnty: Any, expr: Any, signature: Any) -> Any:
        compare = _LEAST.get(getattr(fnty, "typing_key", None))
        kinds = [_types.unliteral(self.typeof(one.name)) for one in expr.args]
        if compare is None or len(kinds) < 2 or not all(isinstance(one, types.Number) for one in kinds):
            return super()._lower_call_normal(fnty, expr, signature)
        given = [self.loadvar(one.name) for one in expr.args]
        return _builtins.do_minmax(self.context, self.builder, kinds, given, compare)


@_step(mutates_CFG=True, analysis_only=False)
class LoopLowering(_steps):  # type: ignore[misc]
    """The step that writes it."""

    _name = "loop_lowering"

    @property
    def lowering_class(self) -> type[LoopLower]:
        """What writes it."""
        return LoopLower


def call_without_failing(described: Any, libraries: Any) -> Any:
    """How a part is called: nothing in it fails, but where bounds are checked. All else is called numba's way."""
    numbas = _numbas_call(described, libraries)

    def call(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if context.enable_boundscheck or not getattr(libraries[0], "cannot_fail", False):
            return numbas(context, builder, signature, args)
        function, convention = context.declare_function(builder.module, described), context.call_conv
        returned = _code.alloca_once(builder, function.args[0].type.pointee)
        failed = _code.alloca_once(builder, function.args[1].type.pointee)
        packed = convention._get_arg_packer(described.argtypes).as_arguments(builder, args)
        builder.call(function, [returned, failed, *packed])
        return context.get_returned_value(builder, described.restype, builder.load(returned))

    call.signature = numbas.signature  # type: ignore[attr-defined]
    call.libs = numbas.libs  # type: ignore[attr-defined]
    return call


_RANGE, _ITERATOR = types.range_state64_type, types.range_iter64_type
_numbas_iterator: Any = next(
    code for code, name, kinds in imputils.builtin_registry.functions if (name, kinds) == ("getiter", (_RANGE,))
)


@_lowers(range, types.int64)  # type: ignore[untyped-decorator]
@_lowers(range, types.int64, types.int64)  # type: ignore[untyped-decorator]
def _range(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    start = args[:-1] or [context.get_constant(types.int64, 0)]
    made = context.get_value_type(_RANGE)(_code.ir.Undefined)
    for n, one in enumerate((*start, args[-1], context.get_constant(types.int64, 1))):
        made = builder.insert_value(made, one, n)
    made.by_one = (*start, args[-1])
    return made


@_lowers("getiter", _RANGE)  # type: ignore[untyped-decorator]
def _iterator(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Where an iterator is, its end, its step, and where is written how many numbers are left."""
    begin_end = getattr(args[0], "by_one", None)
    if begin_end is None:
        return _numbas_iterator(context, builder, signature, args)
    (start, stop), one = begin_end, context.get_constant(types.int64, 1)
    made = context.get_value_type(_ITERATOR)(_code.ir.Undefined)
    at = _code.alloca_once(builder, start.type), _code.alloca_once(builder, start.type)
    builder.store(start, at[0])
    builder.store(builder.sub(stop, start), at[1])
    for n, part in enumerate((at[0], stop, one, at[1])):
        made = builder.insert_value(made, part, n)
    return made


@_lowers("iternext", _ITERATOR)  # type: ignore[untyped-decorator]
def _next(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """The next number, and whether there is one."""
    at, _, step, left = (builder.extract_value(args[0], n) for n in range(4))
    number, count = builder.load(at), builder.load(left)
    builder.store(builder.add(number, step), at)
    builder.store(builder.sub(count, context.get_constant(types.int64, 1), flags=["nsw"]), left)
    made = context.get_value_type(signature.return_type)(_code.ir.Undefined)
    made = builder.insert_value(made, number, 0)
    return builder.insert_value(made, builder.icmp_signed(">", count, count.type(0)), 1)


_base.user_function = call_without_failing
