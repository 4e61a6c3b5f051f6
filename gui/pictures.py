"""A picture of one pane, or of the window, as PNG or as SVG.

Guarantees: what is on the screen is what is in the file; in an SVG, text is text and shapes are
shapes (the lanes' overview of many slices is an image, as it is on the screen); the file is there
whole or not at all.
"""

from __future__ import annotations

import html
import re
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from engine.formats.errors import RunFileError, whole_file

SVG = ".svg"
_TEXT = re.compile(
    r'(<text [^>]*?font-family="([^"]*)" font-size="([\d.]+)" font-weight="(\d+)"[^>]*?)\s*>'
    r"([^<]*\S[^<]*)</text>"
)
PNG = ".png"


def save_picture(widget: QWidget, path: Path, title: str) -> None:
    """Draw *widget* into *path*, by its ending; RunFileError when it cannot be written."""
    if path.suffix.lower() not in (SVG, PNG):
        raise RunFileError(f"{path.name} must end in .png or .svg, to say which kind it is.")
    data = svg(widget, title) if path.suffix.lower() == SVG else png(widget)
    with whole_file(path) as file:
        file.write(data)


def png(widget: QWidget) -> bytes:
    """Return *widget* as a PNG, at the screen's own resolution."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not widget.grab().save(buffer, "PNG"):
        raise RunFileError("The picture could not be drawn: the pane has no size. Show it first.")
    return bytes(buffer.data().data())


def svg(widget: QWidget, title: str) -> bytes:
    """Return *widget* as an SVG called *title*."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    # One unit of the picture is one pixel of the pane; a font's points depend on it.
    generator.setResolution(widget.logicalDpiX())
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(), widget.size()))
    generator.setTitle(title)
    generator.setDescription("Drawn by ThreadLab")
    painter = QPainter(generator)
    painter.fillRect(widget.rect(), widget.window().palette().window())
    widget.render(painter, QPoint())
    painter.end()
    buffer.close()
    return _TEXT.sub(_measured, bytes(data.data()).decode("utf-8")).encode("utf-8")


def _measured(text: re.Match[str]) -> str:
    """Say how wide a text is: a program without the font then keeps the words in their places."""
    head, families, size, weight, words = text.groups()
    font = QFont(families.split(","))
    font.setPixelSize(max(1, round(float(size))))
    font.setWeight(QFont.Weight(int(weight)))
    width = QFontMetricsF(font).horizontalAdvance(html.unescape(words))
    return f'{head} textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs">{words}</text>'
