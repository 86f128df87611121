"""What a call of numba's own functions returns is looked up once for the same types of arguments.

Numba tries the same templates anew for each `+`, `<` or `min` of a loop: of 15,700 such calls in the kernels 450
differ. Which code is compiled does not change.
"""

from __future__ import annotations

from typing import Any

from numba.core import targetconfig
from numba.core.types import functions

_functions: Any = functions.BaseFunction
_look_up: Any = _functions.get_call_type
_config: Any = targetconfig.TargetConfig
_found: dict[Any, Any] = {}


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


def install() -> None:
    """Let numba look calls up this way, in this process."""
    _functions.get_call_type = _once
    _config.values = _values
