"""A picture of one pane, or of the window, as PNG or as SVG.

Guarantees: what is on the screen is what is in the file; in an SVG, text is text and shapes are
shapes (the lanes' overview of many slices is an image, as it is on the screen); the file is there
whole or not at all.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from engine.formats.archive import replacing
from engine.formats.errors import RunFileError

SVG = ".svg"
PNG = ".png"


def save_picture(widget: QWidget, path: Path, title: str) -> None:
    """Draw *widget* into *path*, by its ending; RunFileError when it cannot be written."""
    if path.suffix.lower() not in (SVG, PNG):
        raise RunFileError(f"{path.name} must end in .png or .svg, to say which kind it is.")
    data = svg(widget, title) if path.suffix.lower() == SVG else png(widget)
    with replacing(path) as file:
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
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(), widget.size()))
    generator.setTitle(title)
    generator.setDescription("Drawn by ThreadLab")
    painter = QPainter(generator)
    painter.fillRect(widget.rect(), widget.window().palette().window())
    widget.render(painter, QPoint())
    painter.end()
    buffer.close()
    return bytes(data.data())
