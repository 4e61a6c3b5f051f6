"""Icons drawn as paths in the theme's colours, so that they are sharp at every scale.

No file is read and no SVG module loaded. An icon is asked for by name, with the colour of its use;
each is drawn at once for the scales 1, 1.5, 2 and 3, and Qt picks the one that the screen needs.

Guarantees: every name in `NAMES` draws something within 16 x 16; an unknown name is an error.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

SIDE = 16
SCALES = (1.0, 1.5, 2.0, 3.0)


def _polygon(*corners: tuple[float, float]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    path.closeSubpath()
    return path


def _line(*corners: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*corners[0]))
    for x, y in corners[1:]:
        path.lineTo(x, y)
    return path


def _bars(*boxes: tuple[float, float, float, float], radius: float = 1.0) -> QPainterPath:
    path = QPainterPath()
    for x, y, width, height in boxes:
        path.addRoundedRect(QRectF(x, y, width, height), radius, radius)
    return path


def _circle(x: float, y: float, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(x, y), radius, radius)
    return path


def _restart() -> QPainterPath:
    path = QPainterPath()
    box = QRectF(3, 3, 10, 10)
    path.arcMoveTo(box, 35)
    path.arcTo(box, 35, 290)
    path.addPath(_line((13.2, 1.8), (12.6, 5.4), (9.0, 4.9)))
    return path


def _moon() -> QPainterPath:
    return _circle(8, 8, 5.6).subtracted(_circle(10.9, 5.4, 4.7))


def _sun() -> QPainterPath:
    path = _circle(8, 8, 2.9)
    for x, y in (
        (1, 0),
        (0, 1),
        (-1, 0),
        (0, -1),
        (0.7, 0.7),
        (0.7, -0.7),
        (-0.7, 0.7),
        (-0.7, -0.7),
    ):
        path.addPath(_line((8 + x * 5, 8 + y * 5), (8 + x * 6.6, 8 + y * 6.6)))
    return path


def _live() -> QPainterPath:
    path = _line((1.6, 8), (8.2, 8))
    path.addPath(_line((5.4, 4.8), (8.6, 8), (5.4, 11.2)))
    path.addPath(_line((12, 3), (12, 13)))
    return path


def _play_from() -> QPainterPath:
    path = _line((3, 2.8), (3, 13.2))
    path.addPath(_polygon((6.4, 4), (12.8, 8), (6.4, 12)))
    return path


def _sliders() -> QPainterPath:
    path = _line((2, 4.5), (7.2, 4.5))
    path.addPath(_line((11, 4.5), (14, 4.5)))
    path.addPath(_line((2, 11.5), (4.8, 11.5)))
    path.addPath(_line((8.6, 11.5), (14, 11.5)))
    path.addPath(_circle(9.1, 4.5, 1.9))
    path.addPath(_circle(6.7, 11.5, 1.9))
    return path


def _list() -> QPainterPath:
    path = QPainterPath()
    for y in (3.5, 8.0, 12.5):
        path.addPath(_circle(2.6, y, 0.6))
        path.addPath(_line((5.8, y), (14, y)))
    return path


def _open() -> QPainterPath:
    return _line((2, 12.6), (2, 3.4), (6.2, 3.4), (7.8, 5.2), (14, 5.2), (14, 12.6), (2, 12.6))


def _cross() -> QPainterPath:
    path = _line((4, 4), (12, 12))
    path.addPath(_line((12, 4), (4, 12)))
    return path


def _alert() -> QPainterPath:
    path = _circle(8, 8, 6)
    path.addPath(_line((8, 4.8), (8, 8.8)))
    path.addPath(_circle(8, 11.1, 0.35))
    return path


def _flag() -> QPainterPath:
    return _line((3.4, 14), (3.4, 2.4), (13, 2.4), (10.4, 5.6), (13, 8.8), (3.4, 8.8))


def _glass() -> QPainterPath:
    path = _circle(6.8, 6.8, 4.4)
    path.addPath(_line((10.2, 10.2), (14, 14)))
    return path


def _pin() -> QPainterPath:
    path = _line((5.4, 2), (10.6, 2))
    path.addPath(_line((6.2, 2), (6.2, 6.6), (4, 9.6), (12, 9.6), (9.8, 6.6), (9.8, 2)))
    path.addPath(_line((8, 9.6), (8, 14.4)))
    return path


def _pinned() -> QPainterPath:
    head = _polygon((5.2, 1.2), (10.8, 1.2), (10.8, 2.8), (10, 2.8), (10, 6.4), (12.8, 10.4),
                    (3.2, 10.4), (6, 6.4), (6, 2.8), (5.2, 2.8))  # fmt: skip
    return head.united(_bars((7.2, 9.6, 1.6, 5.6), radius=0.8))


def _funnel() -> QPainterPath:
    path = _line((2, 3), (14, 3), (9.6, 8.2), (9.6, 13), (6.4, 11.4), (6.4, 8.2), (2, 3))
    path.closeSubpath()
    return path


def _copy() -> QPainterPath:
    """A sheet before another, of which the corner is seen."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(5.6, 5.6, 8.4, 8.4), 1.6, 1.6)
    path.addPath(_line((3.4, 10.4), (2.2, 10.4), (2.2, 2.2), (10.4, 2.2), (10.4, 3.4)))
    return path


_FILLED: dict[str, Callable[[], QPainterPath]] = {
    "play": lambda: _polygon((4, 2.6), (13.4, 8), (4, 13.4)),
    "pause": lambda: _bars((3.6, 2.6, 3.2, 10.8), (9.2, 2.6, 3.2, 10.8)),
    "stop": lambda: _bars((3.2, 3.2, 9.6, 9.6), radius=1.6),
    "step": lambda: _polygon((3, 2.8), (10.4, 8), (3, 13.2)).united(_bars((11.2, 2.8, 2.2, 10.4))),
    "previous": lambda: _polygon((11.4, 3.2), (4, 8), (11.4, 12.8)),
    "fold": lambda: _polygon((3.2, 4.6), (12.8, 4.6), (8, 12)),
    "pinned": _pinned,
    "next": lambda: _polygon((4.6, 3.2), (12, 8), (4.6, 12.8)),
    "moon": _moon,
    "dot": lambda: _circle(8, 8, 4),
}

_STROKED: dict[str, Callable[[], QPainterPath]] = {
    "restart": _restart,
    "sun": _sun,
    "live": _live,
    "play-from": _play_from,
    "sliders": _sliders,
    "list": _list,
    "open": _open,
    "up": lambda: _line((4.4, 9.8), (8, 6.2), (11.6, 9.8)),
    "down": lambda: _line((4.4, 6.2), (8, 9.8), (11.6, 6.2)),
    "copy": _copy,
    "check": lambda: _line((3, 8.6), (6.6, 12), (13, 4.4)),
    "close": _cross,
    "alert": _alert,
    "flag": _flag,
    "search": _glass,
    "pin": _pin,
    "filter": _funnel,
}

NAMES = tuple(sorted({**_FILLED, **_STROKED}))


def paint(painter: QPainter, name: str, box: QRectF, color: QColor) -> None:
    """Draw icon `name` into `box` in `color`; a KeyError names an icon that does not exist."""
    filled = name in _FILLED
    path = (_FILLED if filled else _STROKED)[name]()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / SIDE, box.height() / SIDE)
    if filled:
        painter.fillPath(path, color)
    else:
        pen = QPen(color, 1.7)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(path, pen)
    painter.restore()


def _pixmap(name: str, color: QColor, scale: float) -> QPixmap:
    side = round(SIDE * scale)
    pixmap = QPixmap(side, side)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint(painter, name, QRectF(0, 0, SIDE, SIDE), color)
    painter.end()
    return pixmap


def _icon(name: str, color: str, disabled: str, checked: str) -> QIcon:
    icon = QIcon()
    for scale in SCALES:
        # One drawing a colour: most icons have one or two, and a window starts with dozens.
        drawn = {each: _pixmap(name, QColor(each), scale) for each in {color, disabled, checked}}
        icon.addPixmap(drawn[color])
        icon.addPixmap(drawn[disabled], QIcon.Mode.Disabled)
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Active):
            icon.addPixmap(drawn[checked], mode, QIcon.State.On)
        icon.addPixmap(drawn[disabled], QIcon.Mode.Disabled, QIcon.State.On)
    return icon


def icon(
    name: str, color: QColor, disabled: QColor | None = None, checked: QColor | None = None
) -> QIcon:
    """Give icon `name` in `color`; `disabled` and `checked` are its colours in those states."""
    if name not in NAMES:
        raise KeyError(name)
    return _icon(name, color.name(), (disabled or color).name(), (checked or color).name())
