"""On a screen with two pixels to the point the whole drawing is painted, and sharp."""

from __future__ import annotations

import json
import os

import pytest

from tests import copies

PROBE = """
import json, time
from designer.app import App
from tests.waiting import turns
app = App(time.perf_counter())
app.theme.set_mode("light")
app.frame.resize(1440, 900)
app.show(None, demo=True)
assert app.wait(lambda: "plots" in app.marks)
turns()
view = app.window.canvas.view
picture = view.grab().toImage()
ratio = picture.devicePixelRatio()
found = {}
for row, name in enumerate(view.world.names):
    if view.world.kind_name(row) in ("region", "zone", "data_center", "rack"):
        box = view.to_pixels(view.world.rect(row))
        at = box.bottomRight() * ratio
        inside = picture.pixelColor(round(at.x() - 4 * ratio), round(at.y() - 3 * ratio))
        found[name] = inside.name()
print(json.dumps({"ratio": ratio, "container": app.theme.color("container").name(), "found": found}))
app.close()
"""


@pytest.mark.parametrize("scale", [1, 2])
def test_that_every_container_is_painted_to_its_last_corner(scale: int) -> None:
    env = {**os.environ, "QT_SCALE_FACTOR": str(scale), "QT_QPA_PLATFORM": "offscreen"}
    done = copies.run("-c", PROBE, env=env)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["ratio"] == scale
    assert len(answer["found"]) == 1 + 3 + 3 + 6
    assert set(answer["found"].values()) == {answer["container"]}
