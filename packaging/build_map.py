"""Writes resources/catalog/world.json.xz: the outlines of all land, of Natural Earth (public domain).

Run it with a wheel of geopandas 0.14.4, the last one that carries the data (its other parts are not used):
    pip download --no-deps -d /tmp geopandas==0.14.4
    python packaging/build_map.py /tmp/geopandas-0.14.4-py3-none-any.whl
"""

from __future__ import annotations

import json
import lzma
import struct
import sys
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "resources" / "catalog" / "world.json.xz"
SHAPES = "geopandas/datasets/naturalearth_lowres/naturalearth_lowres.shp"
SOURCE = "Natural Earth 1:110m, Admin 0 countries, as in geopandas 0.14.4 (naturalearth_lowres)"
LICENCE = "public domain"
STEPS = 10
"""Steps a degree: a tenth is a quarter of a pixel of a map 900 pixels wide."""
SOUTH = -60
"""Nothing is drawn south of it."""
POLYGON = 5


def rings(shapes: bytes) -> Iterator[list[tuple[float, float]]]:
    """Every ring of a shapefile of polygons, in degrees (ESRI Shapefile Technical Description, 1998)."""
    place = 100
    while place < len(shapes):
        (words,) = struct.unpack_from(">i", shapes, place + 4)
        start = place + 8
        place = start + 2 * words
        (kind,) = struct.unpack_from("<i", shapes, start)
        if kind != POLYGON:
            continue
        parts, points = struct.unpack_from("<ii", shapes, start + 36)
        firsts = [*struct.unpack_from(f"<{parts}i", shapes, start + 44), points]
        held = struct.unpack_from(f"<{2 * points}d", shapes, start + 44 + 4 * parts)
        corners = list(zip(held[::2], held[1::2]))
        for first, end in pairwise(firsts):
            yield corners[first:end]


def steps(ring: list[tuple[float, float]]) -> list[int]:
    """A ring as whole steps of a tenth of a degree: the first corner, then differences; empty when it vanishes."""
    corners = [(round(x * STEPS), round(y * STEPS)) for x, y in ring]
    kept = [here for n, here in enumerate(corners) if n == 0 or here != corners[n - 1]]
    if len(kept) < 4:
        return []
    made = [*kept[0]]
    for (x0, y0), (x1, y1) in pairwise(kept):
        made += [x1 - x0, y1 - y0]
    return made


def build(shapes: bytes) -> dict[str, Any]:
    """The file as it is read by the program."""
    made = [steps(ring) for ring in rings(shapes) if max(y for _, y in ring) > SOUTH]
    return {"source": SOURCE, "licence": LICENCE, "steps_per_degree": STEPS, "rings": [ring for ring in made if ring]}


def packed(world: dict[str, Any]) -> bytes:
    """The bytes of the file, always the same for the same outlines."""
    text = json.dumps(world, separators=(",", ":"), sort_keys=True)
    return lzma.compress(text.encode(), check=lzma.CHECK_CRC32, preset=9 | lzma.PRESET_EXTREME)


def main(wheel: str) -> None:
    """Write the file."""
    with zipfile.ZipFile(wheel) as held:
        world = build(held.read(SHAPES))
    TARGET.write_bytes(packed(world))
    print(f"{TARGET.name}: {len(world['rings'])} outlines, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
