"""How a state looks: one shape and one colour each, for lanes, legends and pictures of lanes.

Why: state is told by shape and by colour, never by colour alone; so the shapes have one home.
Guarantees: brushes are made once a theme and scale; hatches move with the slices, not with the
window, because the caller sets the brush origin at a moment of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QImage, QPainter, QPen, QPixmap, QTransform

from engine.events import State
from gui.theme import Theme, body_font, mix

HATCH = 8  # px: the period of every hatch
LOCK_BAR = 4
SLEEP_BAR = 8
CORNER = 3.5
_CAP = 4  # px: the end of a rounded box
FIRST_LOCK = 16  # among the numbers of a picture's colours
_ROUND_FROM = 7  # px: below, corners would eat the slice, and rounding costs six times as much


def _texture(back: QColor, line: QColor, scale: float, *, upright: bool, width: float) -> QBrush:
    side = max(1, round(HATCH * scale))
    pixmap = QPixmap(side, side)
    pixmap.fill(back)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(line, width * scale))
    if upright:
        for x in (side / 4, side * 3 / 4):
            painter.drawLine(QLineF(x, -1, x, side + 1))
    else:  # three lines, so that the corners of the tile meet those of its neighbours
        for shift in (-side, 0, side):
            painter.drawLine(QLineF(shift - 1, side + 1, shift + side + 1, -1))
    painter.end()
    brush = QBrush(pixmap)
    # A texture is laid in device pixels of its own; scaled back it is sharp on dense screens.
    brush.setTransform(QTransform.fromScale(HATCH / side, HATCH / side))
    return brush


class Looks:
    """The brushes and pens of one theme at one device scale.

    Attributes: theme; scale (px of the device to one of ours); period (of the hatches, in px of the
    device); fills (by state); running, lock_wait, other_wait, runnable, sleeping (brushes);
    outlines.
    """

    def __init__(self, theme: Theme, scale: float) -> None:
        self.theme = theme
        pane = theme.pane
        self.running = QBrush(theme.running)
        self.labelled = QBrush(theme.running_label)
        self.sleeping = QBrush(mix(theme.sleeping, pane, 0.9))
        self.lock_wait = self._hatch(theme.lock_wait, scale)
        self.other_wait = self._hatch(theme.other_wait, scale)
        self.runnable = _texture(
            mix(theme.running, pane, 0.22),
            mix(theme.running, pane, 0.6),
            scale,
            upright=True,
            width=1.2,
        )
        self.lock_outline = QPen(theme.lock_wait, 1)
        self.other_outline = QPen(theme.other_wait, 1)
        self.label_font = body_font(12)
        self.label_bold = body_font(12, QFont.Weight.DemiBold)
        self.small_font = body_font(11)
        #: The brush and the outline of each state, and of one that bears a label.
        self.fills: dict[tuple[State, bool], tuple[QBrush | None, QPen | None]] = {}
        for labelled in (False, True):
            running = self.labelled if labelled else self.running
            self.fills[State.NONE, labelled] = None, None
            self.fills[State.RUNNING, labelled] = running, None
            self.fills[State.SLEEPING, labelled] = self.sleeping, None
            self.fills[State.WAITS_LOCK, labelled] = self.lock_wait, self.lock_outline
            self.fills[State.WAITS_OTHER, labelled] = self.other_wait, self.other_outline
        self.scale = scale
        self.period = max(1, round(HATCH * scale))
        self._stripes = np.zeros((self.period, 0), np.uint8)
        self._colors: list[int] = []

    def _hatch(self, color: QColor, scale: float) -> QBrush:
        back, line = (0.2, 0.55) if self.theme.is_dark else (0.13, 0.42)
        pane = self.theme.pane
        return _texture(
            mix(color, pane, back), mix(color, pane, line), scale, upright=False, width=1.6
        )

    def stripes(self, first: int, width: int) -> npt.NDArray[np.uint8]:
        """Return where the hatches of pictures have ink: `period` rows, columns from *first* on."""
        first %= self.period
        if first + width > self._stripes.shape[1]:
            y, x = np.mgrid[0 : self.period, 0 : 2 * (first + width)]
            self._stripes = ((x + y) % self.period * HATCH < 3 * self.period).astype(np.uint8)
        return self._stripes[:, first : first + width]

    def picture_colors(self) -> list[int]:
        """Return ARGB by the numbers of `lane_picture`: 2 * state, 1 more for ink; then locks."""
        if not self._colors:
            colors = [0] * 256
            pane = self.theme.pane
            for state, color in (
                (State.WAITS_LOCK, self.theme.lock_wait),
                (State.WAITS_OTHER, self.theme.other_wait),
            ):
                colors[2 * state] = mix(color, pane, 0.35).rgba()
                colors[2 * state + 1] = mix(color, pane, 0.85).rgba()
            for state, color in (
                (State.RUNNING, self.theme.running),
                (State.SLEEPING, self.sleeping.color()),
            ):
                colors[2 * state] = colors[2 * state + 1] = color.rgba()
            for rank in range(FIRST_LOCK, 256):
                colors[rank] = self.theme.lock_color(rank - FIRST_LOCK).rgba()
            self._colors = colors
        return self._colors


@lru_cache(maxsize=8)
def looks(name: str, scale: float) -> Looks:
    """Return the brushes of the theme called *name* at device *scale*."""
    from gui.theme import THEMES

    return Looks(THEMES[name], scale)


def paint_slice(
    painter: QPainter,
    look: Looks,
    state: State,
    box: QRectF,
    lock: QColor | None = None,
    *,
    labelled: bool = False,
    origin: float | None = None,
) -> None:
    """Draw one slice into *box*: as high as its lane's bar, *lock* held at its foot.

    With *origin* (the x at which hatches begin, as the brush origin says) its ends are copied from
    pictures: a rounded corner costs fifty microseconds to draw, and a frame has hundreds. Its edges
    must be whole pixels of the device then.
    """
    brush, pen = look.fills[state, labelled]
    if brush is not None:
        bar, corner = box, CORNER
        if state is State.SLEEPING and box.height() > SLEEP_BAR:
            top = box.center().y() - SLEEP_BAR / 2
            bar = QRectF(box.left(), top, box.width(), SLEEP_BAR)
        if state is State.SLEEPING:
            corner = bar.height() / 2
        if bar.width() < _ROUND_FROM:
            painter.fillRect(bar, brush)
        elif origin is None or bar.width() < 2 * _CAP:
            _fill(painter, brush, pen, bar, corner)
        else:
            # Hatches run along x + y, so a step down is a step on.
            phase = round((bar.left() - origin + bar.top()) * look.scale)
            _fill_quickly(painter, look, (state, labelled), bar, corner, phase)
    if lock is not None:
        height = min(LOCK_BAR, box.height() / 3)
        painter.fillRect(QRectF(box.left(), box.bottom() - height, box.width(), height), lock)


def _fill_quickly(
    painter: QPainter,
    look: Looks,
    key: tuple[State, bool],
    box: QRectF,
    corner: float,
    phase: int,
) -> None:
    """Draw a rounded box from its two ends, which are kept, and the rectangle between."""
    brush, pen = look.fills[key]
    width = round(box.width() * look.scale)
    hatched = pen is not None
    ends = [phase, phase + width - round(_CAP * look.scale)]
    left, right = (
        _cap(look, key, box.height(), corner, at % look.period if hatched else 0, is_left)
        for at, is_left in zip(ends, (True, False), strict=True)
    )
    inner = box.adjusted(_CAP, 0, -_CAP, 0)
    painter.fillRect(inner, brush or QBrush())
    if pen is not None:
        painter.fillRect(QRectF(inner.left(), box.top(), inner.width(), 1), pen.color())
        painter.fillRect(QRectF(inner.left(), box.bottom() - 1, inner.width(), 1), pen.color())
    painter.drawPixmap(box.topLeft(), left)
    painter.drawPixmap(QPointF(box.right() - _CAP, box.top()), right)


@lru_cache(maxsize=1024)
def _cap(
    look: Looks, key: tuple[State, bool], height: float, corner: float, phase: int, is_left: bool
) -> QPixmap:
    """Return the end of a rounded box, the hatch *phase* px of the device on."""
    side = round(_CAP * look.scale)
    pixmap = QPixmap(side, max(1, round(height * look.scale)))
    pixmap.setDevicePixelRatio(look.scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrushOrigin(QPointF(-phase / look.scale, 0))
    left = 0.0 if is_left else -3.0 * _CAP
    brush, pen = look.fills[key]
    _fill(painter, brush or QBrush(), pen, QRectF(left, 0, 4 * _CAP, height), corner)
    painter.end()
    return pixmap


def paint_runnable(painter: QPainter, look: Looks, box: QRectF) -> None:
    """Draw a stretch in which a thread could run but was not on a core."""
    painter.fillRect(box, look.theme.pane)
    painter.fillRect(box, look.runnable)


def _fill(painter: QPainter, brush: QBrush, pen: QPen | None, box: QRectF, corner: float) -> None:
    painter.setBrush(brush)
    if pen is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        painter.setPen(pen)
        box = box.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(box, corner, corner)


def paint_end(painter: QPainter, look: Looks, x: float, middle: float, height: float) -> None:
    """Draw the small cap where a thread has ended."""
    half = min(8.0, height * 0.3)
    painter.setPen(QPen(look.theme.quiet, 2))
    painter.drawLine(QLineF(x + 3, middle - half, x + 3, middle + half))
    painter.drawLine(QLineF(x, middle, x + 3, middle))


def paint_arrow(painter: QPainter, color: QColor, start: QPointF, end: QPointF) -> None:
    """Draw an arrow from *start* to *end*, on a halo that keeps it readable on any slice."""
    line = QLineF(end, start)
    if line.length() < 4:
        return
    painter.setPen(QPen(color, 2))
    painter.drawLine(line)
    head = QLineF(line)
    head.setLength(9)
    for turn in (28, -28):
        side = QLineF(head)
        side.setAngle(line.angle() + turn)
        painter.drawLine(side)


def lanes_picture(
    look: Looks,
    states: npt.NDArray[np.uint8],
    locks: npt.NDArray[np.uint8],
    tops: Sequence[int],
    height: int,
    first: int,
) -> QImage:
    """Return a picture of lanes, a row of *states* each, *height* px high, from each of *tops* on.

    *locks* are numbers of `Looks.picture_colors` (0: none). *first* is the number of the first
    column, counted from the run's start: hatches hold on to that. All in px of the device.
    """
    lanes, width = states.shape
    stride = -(-width // 4) * 4
    codes = np.empty((lanes, height, stride), np.uint8)
    shown = codes[:, :, :width]
    pattern = (states << 1)[:, None, :] | look.stripes(first, width)
    for top in range(0, height, look.period):
        shown[:, top : top + look.period] = pattern[:, : height - top]
    bar = round(SLEEP_BAR * look.scale)
    if height > bar:
        awake = (states == State.SLEEPING).view(np.uint8)[:, None, :] - np.uint8(1)  # 0 or 255
        edge = (height - bar) // 2
        shown[:, :edge] &= awake
        shown[:, edge + bar :] &= awake
    if locks.any():
        foot = max(1, min(round(LOCK_BAR * look.scale), height // 3))
        np.copyto(shown[:, -foot:], locks[:, None, :], where=(locks != 0)[:, None, :])
    whole = np.zeros((max(tops) + height, stride), np.uint8)
    for top, lane in zip(tops, codes, strict=True):
        whole[top : top + height] = lane
    # Numbers become colours four times as quickly here as in an array.
    picture = QImage(whole.data, width, len(whole), stride, QImage.Format.Format_Indexed8)
    picture.setColorTable(look.picture_colors())
    return picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
