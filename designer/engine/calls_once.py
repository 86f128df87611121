"""What the compiler asks itself many times is answered once, or in fewer steps. Which code is compiled does not change.

Numba tries the same templates anew for each `+`, `<` or `min` of a loop: of 15,700 such calls in the kernels 450
differ. It looks through all that it knows before each function, and at how each operation is declared before each use
of it. For the size of a type llvmlite has a module made and parsed, each time. Every place in the source is colored
for an error that does not come, and every call of LLVM is told to listeners that nobody is. After each step it finds
where each variable lives, which generators alone are asked for. What it makes lives until its function is compiled:
looking for garbage in it finds little. A table's type is written out for each error that something else catches. For
each instruction a generator waits for an error that does not come, and all warnings of the process are collected. For
each variable that is set twice it writes the whole function anew, twice; it looks for `with` and `**` where none are,
and it tells the begin and end of each step to nobody.
"""

from __future__ import annotations

import gc
from contextlib import nullcontext
from copy import copy
from functools import cache
from importlib import import_module
from typing import Any

from llvmlite.binding import ffi
from llvmlite.ir.types import Type
from numba.core import (
    base,
    compiler_machinery,
    cpu,
    dispatcher,
    errors,
    inline_closurecall,
    interpreter,
    ir,
    lowering,
    postproc,
    ssa,
    targetconfig,
    transforms,
    typeinfer,
)
from numba.core.types import Record, functions
from numba.core.typing import context

from designer.collector import collector_off

typing_of = import_module("numba.core.typing.typeof")  # `from` finds the function of that name

_functions: Any = functions.BaseFunction
_look_up: Any = _functions.get_call_type
_config: Any = targetconfig.TargetConfig
_types: Any = Type
_instructions: Any = ir.Inst
_errors: Any = errors
_coloring: tuple[Any, ...] = (ir, functions, typing_of, typeinfer, compiler_machinery)
_tables: Any = Record
_listeners: Any = getattr(ffi.lib, "_lock", None)
_base: Any = base
_after: Any = postproc.PostProcessor
_lifetimes: Any = postproc.VariableLifetime
_transforms: Any = transforms
_inlining: Any = inline_closurecall
_single: Any = ssa
_makes_single, _rewrites = _single._run_ssa, _single._run_block_rewrite
_contexts: tuple[Any, ...] = (base.BaseContext, context.BaseContext)
_saying: tuple[Any, ...] = (errors, lowering, typeinfer)
_says: Any = _errors.new_error_context
_interpreter: Any = interpreter.Interpreter
_processor: Any = cpu.CPUContext
_steps: Any = compiler_machinery.PassManager
_doors: Any = dispatcher.Dispatcher
_NOTHING = nullcontext()
_REWRITTEN = {"BEFORE_WITH", "CALL_FUNCTION_EX", "DICT_MERGE", "DICT_UPDATE", "LIST_EXTEND", "PUSH_EXC_INFO"}
_found: dict[Any, Any] = {}

MADE_BEFORE_LOOK = 50_000
"""Objects made before the cyclic collector looks for garbage among them; 700 by default."""


def _once(function: Any, context: Any, args: Any, kws: Any) -> Any:
    """The signature of a call, as numba finds it."""
    key = function, context, tuple(args), tuple(kws.items())
    signature = _found.get(key)
    if signature is None:
        signature = _look_up(function, context, args, kws)
        if signature is not None:
            _found[key] = signature
    return signature


def _values(config: Any) -> dict[str, Any]:
    """All options of a configuration: without a property for each, as they are asked for at every look."""
    given = config._values
    return {name: given.get(name, option.default) for name, option in config.options.items()}


def _measured(measure: Any) -> Any:
    """A measure of a type by the layout of the machine's data, taken once for types that are written alike."""
    taken: dict[Any, Any] = {}

    def once(of: Any, layout: Any, *rest: Any) -> Any:
        key = str(of), layout, rest
        if "%" in key[0]:  # the name of a type, which may be another's elsewhere
            return measure(of, layout, *rest)
        if key not in taken:
            taken[key] = measure(of, layout, *rest)
        return taken[key]

    return once


def _variables(of: Any, value: Any) -> list[Any]:
    """The variables in a value, as numba lists them."""
    kind = type(value)
    if kind is ir.Var:
        return [value]
    if kind is ir.Loc or kind is str:
        return []
    if isinstance(value, ir.Inst):
        return value.list_vars()  # type: ignore[no-any-return, no-untyped-call]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return [value] if isinstance(value, ir.Var) else []
    return [one for part in value for one in _variables(of, part)]


def _declared(context: Any) -> int:
    """How many functions, attributes and casts the registries of a context know."""
    read = context._registries.items()
    return sum(len(getattr(registry, name)) for registry, loader in read for name in loader.registry_items)


def _when_declared(refresh: Any) -> Any:
    """A look for what was declared since the last one, where there is any: numba looks before each function."""

    def look(context: Any) -> None:
        if getattr(context, "seen", None) != _declared(context):
            refresh(context)
            context.seen = _declared(context)

    return look


def _when_asked(tidy: Any) -> Any:
    """What numba does to a function after each step; where variables live is found when something asks for it."""

    def run(after: Any, emit_dels: bool = False, extend_lifetimes: bool = False) -> None:
        function = after.func_ir
        if function.is_generator:
            tidy(after, emit_dels, extend_lifetimes)
            return
        function.blocks = _transforms.canonicalize_cfg(function.blocks)
        function.variable_lifetime = _lifetimes(function.blocks)
        function.generator_info = None
        if emit_dels:
            after._insert_var_dels(extend_lifetimes=extend_lifetimes)

    return run


class _Named(dict[Any, Any]):
    """The blocks of a function, and which of them name a variable."""

    def __init__(self, blocks: Any) -> None:
        super().__init__({label: copy(block) for label, block in blocks.items()})
        self.where: dict[str, dict[Any, None]] = {}
        for label, block in blocks.items():
            for name in {one.name for statement in block.body for one in statement.list_vars()}:
                self.where.setdefault(name, {})[label] = None


def _with_names(reconstruct: Any) -> Any:
    """A variable that is set in several places becomes several: numba goes through all blocks for each of them."""

    def run(blocks: Any) -> Any:
        return dict(reconstruct(_Named(blocks)))

    return run


def _rewritten(blocks: Any, states: Any, handler: Any) -> Any:
    """The blocks with those written anew that name the variable in question."""
    for label in blocks.where[states["varname"]]:
        block = states["block"] = blocks[label]
        states["label"], made = label, copy(block)
        made.body = [
            handler.on_assign(states, one) if isinstance(one, ir.Assign) else handler.on_other(states, one)
            for one in block.body
        ]
        blocks[label] = made
    return blocks


def _written(write: Any) -> Any:
    """The text of a type, written once."""

    def text(of: Any) -> Any:
        if "written" not in of.__dict__:
            of.written = write(of)
        return of.written

    return text


class _Saying:
    """Where an error is from, told by numba's own context once there is one: it makes a generator for each place."""

    __slots__ = ("given", "kws")

    def __init__(self, *given: Any, **kws: Any) -> None:
        self.given, self.kws = given, kws

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if error is not None:
            with _says(*self.given, **self.kws):
                raise error


def _warn_at_once(warnings: Any, filename: Any = None, lineno: Any = None) -> Any:
    """Nothing is kept to be said later."""
    return _NOTHING


def _take(manager: Any, index: int, step: Any, state: Any) -> None:
    """One step of the compiler, without events, clocks and what they print."""
    step.analysis = manager._analysis
    step.run_initialization(state)
    step.run_pass(state)
    step.run_finalizer(state)


def _unlooked(compiles: Any) -> Any:
    """Nothing is looked for in what a door leaves: nearly all of it lives until the door is compiled."""

    def run(dispatcher: Any, *args: Any, **kws: Any) -> Any:
        with collector_off():
            return compiles(dispatcher, *args, **kws)

    return run


def _unless_plain(process: Any) -> Any:
    """Nothing is rewritten in a function without what numba rewrites: `with`, `try`, `*` of calls, dictionaries."""

    def run(interpreter: Any, rewrites: Any, function: Any) -> Any:
        plain = _REWRITTEN.isdisjoint(one.opname for one in interpreter.bytecode.table.values())
        return function if plain else process(interpreter, rewrites, function)

    return run


def _without_blas(load: Any) -> Any:
    """All that numba knows but matrix products, for which it loads the whole of SciPy where there is one."""

    def no_blas() -> None:
        raise ImportError

    def run(context: Any) -> None:
        algebra: Any = import_module("numba.np.linalg")
        asks, algebra.ensure_blas = algebra.ensure_blas, no_blas
        try:
            load(context)
        finally:
            algebra.ensure_blas = asks

    return run


class _AsItIs:
    """What is copied into one place only need not be copied before: numba copies it twice."""

    copy, deepcopy = staticmethod(copy), staticmethod(lambda block: block)


class _Plain:
    """No colors: each sort of text as it is."""

    code = errmsg = filename = indicate = highlight = reset = staticmethod(str)


def install() -> None:
    """Let numba look calls up this way, in this process."""
    _functions.get_call_type = _once
    _config.values = _values
    for name in ("get_abi_size", "get_abi_alignment", "get_element_offset"):
        setattr(_types, name, _measured(getattr(_types, name)))
    _instructions._rec_list_vars = _variables
    _errors._termcolor_inst = _Plain
    for module in _coloring:
        module._termcolor = _Plain
    _tables.__repr__ = _written(_tables.__repr__)
    getattr(_listeners, "_cblist", []).clear()
    _after.run = _when_asked(_after.run)
    gc.set_threshold(max(MADE_BEFORE_LOOK, gc.get_threshold()[0]), *gc.get_threshold()[1:])
    _base._has_loc = cache(_base._has_loc)
    _inlining.copy = _AsItIs
    _errors.WarningsFixer.catch_warnings = _warn_at_once
    _single._run_ssa, _single._run_block_rewrite = _with_names(_makes_single), _rewritten
    _interpreter.post_process = _unless_plain(_interpreter.post_process)
    _processor.load_additional_registries = _without_blas(_processor.load_additional_registries)
    _steps._runPass = _take
    _doors._compile_for_args = _unlooked(_doors._compile_for_args)
    for module in _saying:
        module.new_error_context = _Saying
    for contexts in _contexts:
        contexts.refresh = _when_declared(contexts.refresh)
