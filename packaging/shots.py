"""Renders the pictures of the README anew: the demo at 50 % and 75 % during a run, light and dark, and an empty window.

Use: python packaging/shots.py [FOLDER]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "resources" / "help" / "pictures"
SIZE = (1440, 900)


def main(argv: Sequence[str]) -> int:
    """Write the pictures into a folder."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from designer.app import App
    from designer.headless_demo import perform, settle

    folder = Path(argv[0]) if argv else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    app = App(time.perf_counter())
    app.frame.resize(*SIZE)
    app.show(None, demo=False)
    if not app.wait(lambda: "plots" in app.marks):
        print("The window was not complete within a minute.", file=sys.stderr)
        return 1
    app.frame.resize(*SIZE)
    for mode in ("light", "dark"):
        app.theme.set_mode(mode)
        settle(app)
        app.frame.grab().save(str(folder / f"empty-{mode}.png"))
    for name in ("web-shop", "web-shop-tight"):
        app.window.files.open_example(name)
        settle(app)
        perform(app)
        for mode in ("light", "dark"):
            app.theme.set_mode(mode)
            settle(app)
            app.frame.grab().save(str(folder / f"{name}-{mode}.png"))
    app.close()
    for path in sorted(folder.glob("*.png")):
        print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
