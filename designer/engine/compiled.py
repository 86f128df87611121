"""How the engine's loops are compiled: doors, which are kept on disk, and parts, which are compiled into their
doors.

Python calls a door; what the door calls is a part, without an entry from Python and without machine code of its own,
which saves the compiler half of its time. None of them allocates arrays: what they fill is passed to them. Compiled
doors are kept in a folder named by the source of all kernels, so a change in any part never meets an old door.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

import numba
import numpy as np
from llvmlite import binding
from llvmlite.binding.newpassmanagers import (
    create_new_function_pass_manager,
    create_pass_builder,
    create_pipeline_tuning_options,
)
from llvmlite.ir import IntType
from numba import types
from numba.core import compiler_machinery, typed_passes, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase
from numba.core.errors import LoweringError
from numba.extending import intrinsic

from designer.engine import calls_once, elements, tables_by_address, values
from designer.settings import cache_dir

_llvm: Any = binding
F = TypeVar("F", bound=Callable[..., Any])

ZERO: Any = np.int64(0)
ONE: Any = np.int64(1)
NONE: Any = np.int64(-1)
YES: Any = np.bool_(True)
"""What is handed to parts: a number written in a call, or that a loop begins with, is a type of its own, for which the
compiler makes a copy of the part."""


def folder() -> Path:
    """Where compiled doors are kept: under NUMBA_CACHE_DIR, or else in the user's cache."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    return (Path(given) if given else cache_dir() / "numba") / fingerprint()


_HOW = (
    *(Path(str(one.__file__)).name for one in (elements, tables_by_address, values)),
    "compiled.py",
    "precopy.py",
    "capacity.py",
)
"""The modules that say how all of them are compiled, and two that are compiled though they do not import this one."""


def fingerprint() -> str:
    """A short name for the source of all kernels: the modules of `share` and `reliability`, and others that import
    this one."""
    h = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted(here.rglob("*.py")):
        source = path.read_bytes()
        kernels = path.parent.name in ("share", "reliability") or path.name in _HOW
        if kernels or b"engine.compiled import" in source:
            h.update(path.relative_to(here).as_posix().encode())
            h.update(source)
    return h.hexdigest()[:16]


_WHOLE = "whole"
"""A file beside the doors that says that all of them are there."""


def is_whole() -> bool:
    """Whether all doors have been compiled before. They are loaded then, but for another processor or compiler."""
    return (folder() / _WHOLE).exists()


def note_whole() -> None:
    """Note that all doors are compiled, where notes can be kept."""
    with contextlib.suppress(OSError):
        (folder() / _WHOLE).touch()


_config: Any = numba.config
_config.CACHE_DIR = str(folder())
calls_once.install()


class DoorLibrary(JITCodeLibrary):
    """The code of a door, optimized once, with all its parts in it. Before that only variables leave memory for
    registers, which each of the doors that a part is linked into would do again.

    The methods are numba's own, which also prepares twice for counting references, of which the loops have none; a
    test says when a version of it no longer calls them.
    """

    cannot_fail = False
    """Whether who calls the code need not ask whether it failed."""
    is_hot = True
    """Whether the compiler does all it can for its speed: eight cells at once, copies of parts and of what a loop
    repeats where that may help."""

    def _optimize_functions(self, ll_module: Any) -> None:
        """Take variables out of memory."""
        codegen: Any = self._codegen
        ll_module.data_layout = codegen._data_layout
        passes, builder = create_new_function_pass_manager(), codegen._pass_builder()
        passes.add_sroa_pass()
        for function in ll_module.functions:
            if not function.is_declaration:
                passes.run(function, builder)

    def finalize(self) -> None:
        """Link each part once, optimize them together, and make machine code of them."""
        module: Any = self._final_module
        for one in _called(self):
            self._reload_init.update(one._reload_init)
            module.link_in(_own(one), preserve=True)
        self._optimize_final_module()
        module.verify()
        self._finalize_final_module()  # type: ignore[no-untyped-call]

    def serialize_using_object_code(self) -> Any:
        """What is kept on disk: the machine code, and the names in it. A door is not compiled into another."""
        made = [one for one in self._final_module.functions if not one.is_declaration]
        entries = (one.name for one in made if one.linkage == _llvm.Linkage.external)
        defined = "".join(f'define void @"{name}"() {{ ret void }}\n' for name in entries)
        code: Any = self._get_compiled_object()  # type: ignore[no-untyped-call]
        return self.name, "object", (code, _llvm.parse_assembly(defined).as_bitcode())

    def _optimize_final_module(self) -> None:
        """Optimize the door with its parts."""
        options = create_pipeline_tuning_options(3 if self.is_hot else 2)
        options.loop_vectorization = options.loop_unrolling = self.is_hot
        options.slp_vectorization = False
        codegen: Any = self._codegen
        builder = create_pass_builder(codegen._tm, options)
        builder.getModulePassManager().run(self._final_module, builder)


class BriefLibrary(DoorLibrary):
    """The code of a door in which no run spends much of its time."""

    is_hot = False


class PartLibrary(DoorLibrary):
    """The code of a part: the doors that it is linked into are optimized and become machine code, it is not."""

    cannot_fail = True

    def finalize(self) -> None:
        """Be ready to be linked; what the part calls is linked into a door beside it."""
        module: Any = self._final_module
        for function in module.functions:
            if not function.is_declaration:
                function.linkage = "linkonce_odr"
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """Refuse who links it otherwise: what the part calls would be missing."""
        raise LoweringError(f"{self.name} is a part: compile what calls it as a door.")

    def get_pointer_to_function(self, name: str) -> int:
        """0: nothing can call it but a door."""
        self._ensure_finalized()  # type: ignore[no-untyped-call]
        return 0

    @property
    def codegen(self) -> PartLibrary:
        """Who is told what the machine code refers to."""
        return self

    def set_env(self, name: str, env: Any) -> None:
        """Refer to nothing: there is no machine code."""


def _own(library: Any) -> Any:
    """The code of a part without what it calls, or that of what numba compiled for itself."""
    if isinstance(library, PartLibrary):
        return library._final_module
    if isinstance(library, DoorLibrary) or library._disable_inspection:  # the second comes from disk, without its code
        raise LoweringError(f"{library.name} is a door, which another calls: make what both need a part.")
    return library._get_module_for_linking()


def _called(library: Any) -> list[Any]:
    """What a door or a part calls, at any depth, each once."""
    found: dict[Any, None] = {}
    waiting = [library]
    while waiting:
        new = [one for one in waiting.pop()._linking_libraries if one not in found]
        found |= dict.fromkeys(new)
        waiting += [one for one in new if isinstance(one, PartLibrary)]
    return list(found)


_machinery: Any = compiler_machinery
_STEPS: tuple[Any, ...] = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    untyped_passes.GenericRewrites,
    untyped_passes.InlineInlinables,
    untyped_passes.ReconstructSSA,
    untyped_passes.DeadBranchPrune,
    typed_passes.NopythonTypeInference,
    typed_passes.PreLowerStripPhis,
    typed_passes.NoPythonSupportedFeatureValidation,
    typed_passes.AnnotateTypes,
    values.LoopLowering,
    typed_passes.NoPythonBackend,
)
"""Numba's steps in its order, without those for what no loop has: contexts, closures, raised values, written lists,
sums of whole arrays; branches that are never taken are looked for once, at the end, not three times."""


class DoorCompiler(CompilerBase):
    """Compiles a door."""

    library: type[DoorLibrary] = DoorLibrary

    def define_pipelines(self) -> list[Any]:
        """The steps that our loops need."""
        state, steps = self.state, _machinery.PassManager("loops")
        made: Any = self.library
        state.library = made(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        for step in _STEPS:
            steps.add_pass(step, step.__name__)
        steps.finalize()
        return [steps]


class BriefCompiler(DoorCompiler):
    """Compiles a door in which no run spends much of its time."""

    library = BriefLibrary


class PartCompiler(DoorCompiler):
    """Compiles a part."""

    library = PartLibrary


_jit: Any = partial(numba.njit, error_model="numpy", no_cfunc_wrapper=True, _nrt=False)


def door(function: F) -> F:
    """Compile a function that Python calls; keep it on disk."""
    made: F = _jit(function, cache=True, pipeline_class=DoorCompiler)
    return made


def brief_door(function: F) -> F:
    """`door`, compiled in less time, for one in which no run spends much of its time."""
    made: F = _jit(function, cache=True, pipeline_class=BriefCompiler)
    return made


_THROUGH: dict[Any, dict[Any, Callable[..., Any]]] = {}
"""The machine code of doors, by the kinds of what it was called with."""


def _kind(one: Any) -> Any:
    """What a type of the compiler depends on; None where that is not known. It is found sooner than the type."""
    if isinstance(one, np.ndarray):
        return (one.dtype, one.ndim) if one.flags.carray else None
    if not isinstance(one, tuple):
        return type(one) if isinstance(one, (bool, int, float, np.generic)) else None
    kinds = tuple([_kind(part) for part in one])
    return None if None in kinds else (type(one), kinds)


class Entrance:
    """A door as one run goes through it, again and again with the same tables.

    Numba asks at each call for the type of each column of each table, which takes longer than many a loop. Here tables
    that were handed over before are known, and of other arrays only the kind is asked for, as is of the tables of
    another run. Whatever is of a new kind goes the usual way.
    """

    def __init__(self, of: Callable[..., Any]) -> None:
        self._door: Any = of
        self._tables: list[tuple[int, Any]] = [(0, self)]
        self._arrays: list[tuple[int, Any, int]] = []
        self._through: Callable[..., Any] = of

    def __call__(self, *given: Any) -> Any:
        for n, table in self._tables:
            if given[n] is not table:
                return self._anew(given)
        for n, kind, axes in self._arrays:
            one = given[n]
            if one.dtype is not kind or one.ndim != axes or not one.flags.carray:
                return self._anew(given)
        return self._through(*given)

    def _anew(self, given: tuple[Any, ...]) -> Any:
        """Go through the door, and know these tables and kinds of arrays from now on."""
        known = _THROUGH.setdefault(self._door, {})
        kinds = tuple([_kind(one) for one in given])
        through = None if None in kinds else known.get(kinds)
        if through is not None:
            done = through(*given)
        else:
            done = self._door(*given)
            made = list(getattr(self._door, "overloads", {}).values())
            if len(made) != 1:
                return done
            through = made[0].entry_point  # the arguments have its types, whatever they were
            if None not in kinds:
                known[kinds] = through
        self._through = through
        self._tables = [(n, one) for n, one in enumerate(given) if isinstance(one, tuple)]
        arrays = ((n, one) for n, one in enumerate(given) if isinstance(one, np.ndarray))
        self._arrays = [(n, one.dtype, one.ndim) for n, one in arrays]
        return done


def part(function: F) -> F:
    """Compile a function into the doors that call it; Python reaches it as `py_func` only."""
    made: F = _jit(function, no_cpython_wrapper=True, pipeline_class=PartCompiler)
    return made


def parts(*functions: Callable[..., Any]) -> list[Any]:
    """Compile functions of one module that call each other as parts; for Python they stay what they are."""
    known = dict(functions[0].__globals__)
    for one in functions:
        known[one.__name__] = part(FunctionType(one.__code__, known, one.__name__, one.__defaults__))
    return [known[one.__name__] for one in functions]


def inlined(function: F) -> F:
    """Copy a function into its caller before that is compiled: cheaper where there is one call of it."""
    made: F = _jit(function, inline="always")
    return made


_machine: Any = intrinsic


@_machine  # type: ignore[untyped-decorator]
def lowest(context: Any, word: Any) -> Any:
    """The number of the lowest bit of a word that is 1; some bit is."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], IntType(1)(1))

    return types.uint64(word), code


@_machine  # type: ignore[untyped-decorator]
def high(context: Any, a: Any, b: Any) -> Any:
    """The upper word of the product of two words."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        long = IntType(128)
        product = builder.mul(*(builder.zext(one, long) for one in args))
        return builder.trunc(builder.lshr(product, long(64)), IntType(64))

    return types.uint64(a, b), code
