"""An animated picture as a file, of images that come one after the other: GIF, WebP or PNG."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any

from PIL import Image
from PySide6.QtCore import QIODevice, QSaveFile
from PySide6.QtGui import QImage

from designer.errors import FileError, RuleError
from designer.store.file.faults import must_take, shown
from designer.words import tr

ENDS = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG"}
"""The formats, by the end of the file's name."""
HOW: dict[str, dict[str, Any]] = {
    "GIF": {"optimize": False, "disposal": 1},
    "WEBP": {"lossless": True, "quality": 0, "method": 2},
    "PNG": {"disposal": 0},
}
MOST_SIDE_PX, MOST_BYTES = 16_383, 1 << 30
"""A side of WebP; and the memory that the images of a GIF or PNG may take before they are written."""
WAITING = 4
"""Most images that wait for the encoder."""


def encode_error(path: Path, width: int, height: int, count: int) -> str:
    """The sentence that refuses an animation; empty where there is none."""
    if path.suffix.lower() not in ENDS:
        return tr("{0} must end in {1}.", shown(path), ", ".join(ENDS))
    if max(width, height) > MOST_SIDE_PX or 3 * width * height * count > MOST_BYTES:
        return tr("{0:,} images of {1:,} x {2:,} pixels are too large. Choose fewer, or a lower zoom.", count, width,
                  height)  # fmt: skip
    return ""


class Encoder:
    """Takes images, compresses them on a thread, and writes the file at the end: whole, or not at all. Each is shown
    for `each_ms`. Raises FileError or RuleError where the file cannot be.
    """

    def __init__(self, path: Path, width: int, height: int, count: int, each_ms: int) -> None:
        refused = encode_error(path, width, height, count)
        if refused:
            raise RuleError(refused)
        must_take(path)
        self._path, self._each_ms = path, each_ms
        self._format = ENDS[path.suffix.lower()]
        self._images: Queue[QImage | None] = Queue(WAITING)
        self._made = BytesIO()
        self._error: BaseException | None = None
        self._kept = True
        self._thread = Thread(target=self._run, name="encoder", daemon=True)
        self._thread.start()

    @property
    def full(self) -> bool:
        """Whether `add` would wait."""
        return self._images.full() and self._thread.is_alive()

    @property
    def over(self) -> bool:
        """Whether all that was added is compressed."""
        return not self._thread.is_alive()

    def add(self, image: QImage) -> None:
        """Add an image."""
        if self._thread.is_alive():
            self._images.put(image)

    def end(self) -> None:
        """Tell that no more images come. `finish` then writes them."""
        if self._thread.is_alive():
            self._images.put(None)

    def finish(self) -> int:
        """Write the file once all is compressed; its bytes. Raises FileError, MemoryError."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        file = QSaveFile(str(self._path))
        data = self._made.getbuffer()
        if not file.open(QIODevice.OpenModeFlag.WriteOnly) or file.write(data.tobytes()) < 0 or not file.commit():
            reason = file.errorString()
            raise FileError(tr("{0} cannot be written: {1}. Choose another place.", shown(self._path), reason))
        return len(data)

    def drop(self) -> None:
        """Write nothing; what is compressed is dropped. The thread ends by itself after the image at hand."""
        self._kept = False
        with contextlib.suppress(Full):
            with contextlib.suppress(Empty):
                self._images.get_nowait()
            self._images.put_nowait(None)

    def _run(self) -> None:
        try:
            coming = self._coming()
            first = next(coming, None)
            if first is not None:
                others = list(coming) if self._format == "PNG" else coming  # of PNG all are looked at first
                more = {"save_all": True, "append_images": others, "duration": self._each_ms, "loop": 0}
                first.save(self._made, self._format, **more, **HOW[self._format])
        except (OSError, ValueError, MemoryError) as error:
            self._error = error

    def _coming(self) -> Iterator[Image.Image]:
        while self._kept and (image := self._images.get()) is not None:
            made = _pixels(image)
            if self._format == "GIF":
                made = made.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
            yield made


def _pixels(image: QImage) -> Image.Image:
    """The pixels of an image, copied."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    size = rgb.width(), rgb.height()
    return Image.frombytes("RGB", size, bytes(rgb.constBits()), "raw", "RGB", rgb.bytesPerLine())
