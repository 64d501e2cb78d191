"""Text in images, by the ONNX models of PP-OCRv6: one finds lines, the other reads one.

They know Latin letters with all their accents, Chinese and Japanese, told apart by no setting. Other scripts come
out as nonsense of which the model itself is unsure: such lines are left out, or their page is said to be doubtful.
"""

import math
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .limits import Ocr
from .textboxes import Box, find_boxes

Array = NDArray[Any]
Picture = Image.Image
_LONGEST_SIDE = 1472  # of the image in which lines are looked for; they are read from the full one
_LINE_HEIGHT, _LONGEST_LINE = 48, 3200  # as the reading model takes them
_DOUBTFUL, _NONSENSE = 0.8, 0.55
_SAMPLE = 6
_SECONDS_A_PAGE = 60  # at most; a dense page takes 5 to 10


@dataclass(frozen=True)
class ReadLine:
    """Coordinates are those of the image turned upright and level; `size` is the height of the line."""

    text: str
    sure: float
    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def doubtful(self) -> bool:
        return self.sure < _DOUBTFUL or _mostly_greek(self.text)


@dataclass(frozen=True)
class Recognised:
    """`lost` counts lines that were seen but not read."""

    lines: list[ReadLine]
    lost: int = 0


class _Budget:
    """Processor seconds of recognition, which come on top of what the parsers of this process may use.

    So that a hostile file without a single image cannot use them up, the soft limit rises only as pages are read.
    """

    def __init__(self, allowed: Ocr, on_page: Callable[[], object]) -> None:
        self.allowed, self._on_page = allowed, on_page
        self.spent = 0.0
        self._parsers, self._most = resource.getrlimit(resource.RLIMIT_CPU)

    def has(self, seconds: float) -> bool:
        return self.spent + seconds < self.allowed.seconds

    @contextmanager
    def one_page(self) -> Iterator[None]:
        self._on_page()
        began = time.process_time()
        self._limit(self.spent + _SECONDS_A_PAGE)
        try:
            yield
        finally:
            self.spent += time.process_time() - began
            self._limit(self.spent)

    def _limit(self, recognising: float) -> None:
        if self._parsers != resource.RLIM_INFINITY:
            soft = self._parsers + math.ceil(recognising)
            resource.setrlimit(resource.RLIMIT_CPU, (min(soft, self._most), self._most))


_budget = _Budget(Ocr(), lambda: None)


def allow(ocr: Ocr, *, on_page: Callable[[], object] = lambda: None) -> None:
    """For this process, which reads one document: like its limits, it holds for files inside that file too.

    `on_page` is called before each page that is recognised, which may take longer than a document otherwise does.
    """
    global _budget
    _budget = _Budget(ocr, on_page)


def allowed() -> Ocr:
    return _budget.allowed


def time_is_left(seconds: float) -> bool:
    return _budget.has(seconds)


def recognise(picture: Picture) -> Recognised:
    """The lines of an image in no particular order, whichever way up it lies."""
    with _budget.one_page():
        lines = _lines(picture.convert("RGB"))
    kept = [line for line in lines if line.text and line.sure >= _NONSENSE]
    return Recognised(kept, len(lines) - len(kept))


def _lines(picture: Picture) -> list[ReadLine]:
    boxes = _boxes(picture)
    if not boxes:
        return []
    if _lies_on_its_side(boxes):
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        boxes = _boxes(picture)
    if _stands_on_its_head(picture, boxes):
        picture = picture.transpose(Image.Transpose.ROTATE_180)
        boxes = [
            Box(picture.width - box.x, picture.height - box.y, box.width, box.height, box.angle)
            for box in boxes
        ]
    slant = _slant(boxes)
    return [_line(box, *_read(_cut(picture, box)), slant=slant) for box in boxes]


def _line(box: Box, text: str, sure: float, *, slant: float) -> ReadLine:
    cos, sin = math.cos(slant), math.sin(slant)
    x, y = box.x * cos + box.y * sin, box.y * cos - box.x * sin
    return ReadLine(text, sure, x - box.width / 2, y - box.height / 2, x + box.width / 2, y + box.height / 2)


def _lies_on_its_side(boxes: list[Box]) -> bool:
    upright = sum(box.height for box in boxes if box.upright)
    return upright > sum(box.width for box in boxes if box.width > box.height * 1.5)


def _stands_on_its_head(picture: Picture, boxes: list[Box]) -> bool:
    """Read the longest lines both ways; the model is sure only of what it can read."""
    longest = sorted(boxes, key=lambda box: -box.width)[:_SAMPLE]
    cuts = [_cut(picture, box) for box in longest]
    upwards = statistics.fmean(_read(cut)[1] for cut in cuts) if cuts else 1.0
    if upwards > 0.95:
        return False
    turned = [cut.transpose(Image.Transpose.ROTATE_180) for cut in cuts]
    return statistics.fmean(_read(cut)[1] for cut in turned) > upwards + 0.02


def _slant(boxes: list[Box]) -> float:
    long = [box.angle for box in boxes if box.width > box.height * 4]
    return statistics.median(long) if long else 0.0


def _boxes(picture: Picture) -> list[Box]:
    shrink = min(1.0, _LONGEST_SIDE / max(picture.size))
    width, height = (max(32, round(side * shrink / 32) * 32) for side in picture.size)
    small = picture.resize((width, height), Image.Resampling.BILINEAR)
    finder, _ = _models()
    (likely,) = finder.run(None, {finder.get_inputs()[0].name: _as_input(small)})
    across, down = picture.width / width, picture.height / height
    return [box.scaled(across, down) for box in find_boxes(likely[0, 0])]


def _cut(picture: Picture, box: Box) -> Picture:
    """The line in a box, level; one that runs downwards is laid on its side, as the model learnt them."""
    size = (max(1, round(box.width)), max(1, round(box.height)))
    cut = picture.transform(
        size, Image.Transform.QUAD, box.corners(), Image.Resampling.BICUBIC, fillcolor="white"
    )
    return cut.transpose(Image.Transpose.ROTATE_90) if box.upright else cut


def _read(cut: Picture) -> tuple[str, float]:
    width = min(max(round(cut.width * _LINE_HEIGHT / cut.height), 16), _LONGEST_LINE)
    _, reader = _models()
    line = _as_input(cut.resize((width, _LINE_HEIGHT), Image.Resampling.BICUBIC))
    # A short line is read better with room behind it.
    line = np.pad(line, ((0, 0), (0, 0), (0, 0), (0, max(0, 320 - width))))
    (answer,) = reader.run(None, {reader.get_inputs()[0].name: line})
    best = answer[0].argmax(axis=1)
    kept = (best != 0) & (best != np.roll(best, 1))
    kept[0] = best[0] != 0
    if not kept.any():
        return "", 0.0
    letters = _letters()
    text = "".join(letters[place] for place in best[kept])
    return " ".join(text.split()), float(answer[0].max(axis=1)[kept].mean())


def _as_input(picture: Picture) -> Array:
    """Blue, green, red in planes of -1 to 1, as the models were trained."""
    values = np.asarray(picture, dtype=np.float32)[:, :, ::-1] / 127.5 - 1.0
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def _mostly_greek(text: str) -> bool:
    """The model knows the letters for formulas, but none of the language, and is sure of itself all the same."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum("\u0370" <= letter <= "\u03ff" for letter in letters) * 2 > len(letters)


@cache
def _models() -> tuple[Any, Any]:
    """One thread and no arena, which would never give memory back: address space is what is limited."""
    import onnxruntime  # here: few documents need it, and it maps 50 MB

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    finder, reader = (
        onnxruntime.InferenceSession(str(_folder() / name), options, providers=["CPUExecutionProvider"])
        for name in ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx")
    )
    return finder, reader


@cache
def _letters() -> list[str]:
    """What the reading model's answers stand for: nothing, the letters it carries with it, a blank."""
    _, reader = _models()
    return ["", *reader.get_modelmeta().custom_metadata_map["character"].split("\n"), " "]


def _folder() -> Path:
    """The models come in a package of which nothing is imported: it would bring OpenCV along."""
    package = find_spec("rapidocr")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("rapidocr")
    return Path(package.origin).parent / "models"
