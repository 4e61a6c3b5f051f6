"""One place decides every colour, font and measure of the window.

Fusion takes no notice of a colour-scheme hint without a desktop behind it, so the palette is built
explicitly, and the style sheet is generated from the same table of tokens.

Guarantees:

* The two tables are the only source of colours; a widget that paints itself asks `current()`.
* Switching at run time is `apply(app, theme)`; painted widgets repaint on `notifier().changed`.
* Missing font files change the look, never the function: a system font stands in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from gui.style_sheet import style_sheet

FONTS = Path(__file__).resolve().parent.parent / "resources" / "fonts"
WORDS = ["Inter", "Segoe UI", "Helvetica Neue", "DejaVu Sans", "sans-serif"]
CODE = ["JetBrains Mono", "Cascadia Mono", "Menlo", "DejaVu Sans Mono", "monospace"]
CODE_PIXELS = 14.5
CODE_LINE_PIXELS = 25

LOCKS = ("#e0a526", "#b07cf0", "#4fc1c9", "#e884b4")


@dataclass(frozen=True, slots=True)
class Theme:
    """The tokens of one look.

    Attributes:
        name: ``"dark"`` or ``"light"``.
        window, pane, field, line: surfaces from back to front, and the hairline between them.
        text, quiet: words that matter, and words that explain; both readable on every surface.
        accent, on_accent: the one accent, and the colour of words upon it.
        hover, selection: a control under the pointer, and a chosen entry.
        ok, bad: tones of a sentence (a verdict, an error), readable on window and pane.
        running, running_label: a running slice, and the same under white words.
        lock_wait, other_wait, sleeping, runnable: the other states of a lane.
        on_state: words on `running_label`.
        ink: words on an identity colour.
        threads: identity colours, main first.
        locks: colours of locks.
    """

    name: str
    window: QColor
    pane: QColor
    field: QColor
    line: QColor
    text: QColor
    quiet: QColor
    accent: QColor
    on_accent: QColor
    hover: QColor
    selection: QColor
    ok: QColor
    bad: QColor
    running: QColor
    running_label: QColor
    lock_wait: QColor
    other_wait: QColor
    sleeping: QColor
    runnable: QColor
    on_state: QColor
    ink: QColor
    threads: tuple[QColor, ...]
    locks: tuple[QColor, ...]

    @property
    def is_dark(self) -> bool:
        """Tell whether words are lighter than their surface."""
        return self.name == "dark"

    def thread_color(self, index: int) -> QColor:
        """Give the identity colour of thread `index`; 0 is main, after the last they repeat."""
        return self.threads[index % len(self.threads)]

    def lock_color(self, index: int) -> QColor:
        """Give the colour of lock `index`; after the last they repeat."""
        return self.locks[index % len(self.locks)]


def chip_label(index: int) -> str:
    """Give what the chip of thread `index` says: M, 1 to 5, then 6b, 7b ... 12c ...

    The letter tells a repeated colour from its first use. From 100 on there is no room for one.
    """
    if index == 0:
        return "M"
    turn = index // 6
    letter = chr(ord("a") + turn) if 6 <= index < 100 else ""
    return f"{index}{letter}"


def _colors(*names: str) -> tuple[QColor, ...]:
    return tuple(QColor(name) for name in names)


_SHARED_RUNNING = QColor("#2f9e6e")

DARK = Theme(
    name="dark",
    window=QColor("#14171c"),
    pane=QColor("#1b1f26"),
    field=QColor("#222730"),
    line=QColor("#2e3541"),
    text=QColor("#e8ebf0"),
    quiet=QColor("#9aa4b2"),
    accent=QColor("#5aa9ff"),
    on_accent=QColor("#10131a"),
    hover=QColor("#2a303b"),
    selection=QColor("#22303f"),
    ok=QColor("#3fbf8a"),
    bad=QColor("#f26d60"),
    running=_SHARED_RUNNING,
    running_label=QColor("#25835a"),
    lock_wait=QColor("#d9483b"),
    other_wait=QColor("#c98a12"),
    sleeping=QColor("#5b7fb5"),
    runnable=QColor(47, 158, 110, 102),
    on_state=QColor("#ffffff"),
    ink=QColor("#10131a"),
    threads=_colors("#56b4e9", "#e69f00", "#2fcf9f", "#cc79a7", "#f0e442", "#d55e00"),
    locks=_colors(*LOCKS),
)

LIGHT = replace(
    DARK,
    name="light",
    window=QColor("#eef0f3"),
    pane=QColor("#ffffff"),
    field=QColor("#f5f6f8"),
    line=QColor("#d9dde3"),
    text=QColor("#1c2128"),
    quiet=QColor("#5b6573"),
    accent=QColor("#1f6feb"),
    on_accent=QColor("#ffffff"),
    hover=QColor("#e9ecf0"),
    selection=QColor("#e1ebfb"),
    ok=QColor("#1b7a51"),
    bad=QColor("#c2382c"),
    threads=_colors("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#b8a800", "#d55e00"),
)

THEMES = {DARK.name: DARK, LIGHT.name: LIGHT}


class ThemeNotifier(QObject):
    """Tell widgets that paint themselves that the tokens have changed.

    Signals:
        changed: the new `Theme`.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK


@cache
def notifier() -> ThemeNotifier:
    """Give the one notifier, made at first use."""
    return ThemeNotifier()


def current() -> Theme:
    """Give the theme that was applied last; dark before any."""
    return notifier().theme


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole application in `theme`: style, palette, font and style sheet."""
    load_fonts()
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setFont(body_font())
    app.setStyleSheet(style_sheet(theme))
    source = notifier()
    source.theme = theme
    source.changed.emit(theme)


def palette(theme: Theme) -> QPalette:
    """Build the palette of `theme`, disabled roles included."""
    role = QPalette.ColorRole
    built = QPalette()
    for where, color in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.pane),
        (role.AlternateBase, theme.field),
        (role.Text, theme.text),
        (role.PlaceholderText, theme.quiet),
        (role.Button, theme.field),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.bad),
        (role.ToolTipBase, theme.field),
        (role.ToolTipText, theme.text),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Accent, theme.accent),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.Light, theme.hover),
        (role.Midlight, theme.hover),
        (role.Mid, theme.line),
        (role.Dark, theme.line),
        (role.Shadow, theme.window),
    ):
        built.setColor(where, color)
    for where in (role.WindowText, role.Text, role.ButtonText):
        built.setColor(QPalette.ColorGroup.Disabled, where, disabled_text(theme))
    return built


def disabled_text(theme: Theme) -> QColor:
    """Give the colour of words that cannot be used now: quiet, half sunk into the pane."""
    return mix(theme.quiet, theme.pane, 0.55)


def mix(front: QColor, back: QColor, share: float) -> QColor:
    """Blend `share` (0 to 1) of `front` into `back`, opaque."""
    return QColor.fromRgbF(
        front.redF() * share + back.redF() * (1 - share),
        front.greenF() * share + back.greenF() * (1 - share),
        front.blueF() * share + back.blueF() * (1 - share),
    )


def contrast(one: QColor, other: QColor) -> float:
    """Compute the WCAG 2 contrast ratio of two opaque colours, 1 to 21."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(color: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(part) for part in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def load_fonts() -> tuple[str, ...]:
    """Load the shipped fonts once; give the families found, which may be none."""
    families: list[str] = []
    for path in sorted(FONTS.rglob("*.[to]tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        if number >= 0:
            families.extend(QFontDatabase.applicationFontFamilies(number))
    return tuple(dict.fromkeys(families))


def body_font(pixels: int = 14, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Give the font of words: 14 px for the body, 13 for titles, 12 for legends."""
    font = QFont()
    font.setFamilies(WORDS)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


def title_font() -> QFont:
    """Give the font of pane titles: 13 px, bold enough to lead."""
    return body_font(13, QFont.Weight.DemiBold)


def numbers_font(pixels: int = 14, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Give the font of figures, all as wide as each other so that they do not dance."""
    font = body_font(pixels, weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def code_font() -> QFont:
    """Give the font of code: 14.5 px, set in points because Qt's pixel sizes are whole."""
    font = QFont()
    font.setFamilies(CODE)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFixedPitch(True)
    # No ligatures: `->` and `!=` are shown as they are typed.
    font.setFeature(QFont.Tag("calt"), 0)
    screens = QGuiApplication.screens()
    font.setPointSizeF(CODE_PIXELS * 72 / (screens[0].logicalDotsPerInchY() if screens else 96.0))
    return font
