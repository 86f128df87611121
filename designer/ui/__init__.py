"""The window: reads the model, writes only through commands."""

import sys
from typing import Any

import PySide6.QtCore  # noqa: F401  # what is told here is loaded with it

# PySide reads the source of each module that is imported after it, to find those that use its features (names in
# `snake_case`). No module here does, and to read them all takes an eighth of the imports of a start.
_features: Any = sys.modules.get("shibokensupport.feature")
if hasattr(_features, "_mod_uses_pyside"):
    _features._mod_uses_pyside = lambda module: False
