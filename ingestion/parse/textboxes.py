"""Where the lines of an image are: from a map of how likely each point belongs to text to slanted rectangles."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_LIKELY = 0.3  # a point is text from here ...
_SURE = 0.5  # ... and a shape of them a line, if this likely on average
_MOST = 3000  # lines of one image


@dataclass(frozen=True)
class Box:
    """A rectangle by its middle, its sides and the angle of its long side; y grows downwards."""

    x: float
    y: float
    width: float
    height: float
    angle: float  # radians, in (-pi/4, pi/4]: `width` may be the short side, of an upright line

    @property
    def upright(self) -> bool:
        """Taller than wide by so much that it holds a line turned by a quarter, or written downwards."""
        return self.height > self.width * 1.5

    def scaled(self, across: float, down: float) -> "Box":
        return Box(self.x * across, self.y * down, self.width * across, self.height * down, self.angle)

    def corners(self) -> tuple[float, ...]:
        """x and y of the corners: upper left, lower left, lower right, upper right."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        corners: list[float] = []
        for across, down in ((-1, -1), (-1, 1), (1, 1), (1, -1)):
            right, below = across * self.width / 2, down * self.height / 2
            corners += (self.x + right * cos - below * sin, self.y + right * sin + below * cos)
        return tuple(corners)


def find_boxes(likely: Array) -> list[Box]:
    """One box for each connected shape, grown to what the model shrank it by."""
    boxes: list[Box] = []
    for runs in _shapes(likely > _LIKELY):
        if len(boxes) >= _MOST:
            break
        rows, first, last = runs[:, 0], runs[:, 1], runs[:, 2]
        inside = np.concatenate([likely[row, start:end] for row, start, end in runs])
        box = _smallest_rectangle(np.concatenate([_points(first, rows), _points(last - 1, rows)]))
        if min(box.width, box.height) < 3 or float(inside.mean()) < _SURE:
            continue
        grown = box.width * box.height * 1.6 / (box.width + box.height)
        boxes.append(Box(box.x, box.y, box.width + grown, box.height + grown, box.angle))
    return boxes


def _points(across: Array, down: Array) -> Array:
    return np.stack([across, down], axis=1).astype(np.float64)


def _shapes(mask: Array) -> Iterator[Array]:
    """The runs (row, first, end) of each connected shape: runs of neighbouring rows that touch belong together."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    runs = np.column_stack([starts, ends[:, 1]])
    parents = list(range(len(runs)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    above = 0
    listed = runs.tolist()
    for place, (row, first, end) in enumerate(listed):
        while listed[above][0] < row - 1 or (listed[above][0] == row - 1 and listed[above][2] < first):
            above += 1
        at = above
        while listed[at][0] == row - 1 and listed[at][1] <= end:
            parents[root(at)] = root(place)
            at += 1
    shapes: dict[int, list[int]] = {}
    for place in range(len(runs)):
        shapes.setdefault(root(place), []).append(place)
    for places in shapes.values():
        if len(places) > 2:
            yield runs[places]


def _smallest_rectangle(points: Array) -> Box:
    """One side of the smallest rectangle around points lies on a side of their hull."""
    hull = np.array(_hull(sorted(map(tuple, points.tolist()))))
    sides = np.roll(hull, -1, axis=0) - hull
    quarter = math.pi / 2
    angles = np.unique(np.round(np.mod(np.arctan2(sides[:, 1], sides[:, 0]) + quarter / 2, quarter), 4))
    angles -= quarter / 2
    cos, sin = np.cos(angles), np.sin(angles)
    across = hull[:, :1] * cos + hull[:, 1:] * sin
    down = hull[:, 1:] * cos - hull[:, :1] * sin
    widths, heights = np.ptp(across, axis=0) + 1, np.ptp(down, axis=0) + 1
    best = int(np.argmin(widths * heights))
    x, y = (
        (across[:, best].max() + across[:, best].min()) / 2,
        (down[:, best].max() + down[:, best].min()) / 2,
    )
    turn = float(angles[best])
    return Box(
        x * math.cos(turn) - y * math.sin(turn),
        x * math.sin(turn) + y * math.cos(turn),
        float(widths[best]),
        float(heights[best]),
        turn,
    )


def _hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(points) < 3:
        return points
    halves = []
    for ordered in (points, points[::-1]):
        half: list[tuple[float, float]] = []
        for point in ordered:
            while len(half) > 1 and _turns_right(half[-2], half[-1], point):
                half.pop()
            half.append(point)
        halves += half[:-1]
    return halves


def _turns_right(one: tuple[float, float], two: tuple[float, float], three: tuple[float, float]) -> bool:
    return (two[0] - one[0]) * (three[1] - one[1]) <= (two[1] - one[1]) * (three[0] - one[0])
