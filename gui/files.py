"""The script that is shown, as a file: opened, edited, saved, changed behind our back.

Why apart from the conductor: that one knows runs, this one knows files; they meet where a text
becomes a scenario.

Guarantees: nothing runs by being opened, restored or reloaded; a file is written only when a
person asks for it, and ThreadLab's own scenarios never; edits are never lost without a question,
and those of a window that crashed are offered again; a text is checked off the window's thread.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine import scenario, textfile
from engine.kept_edits import KeptEdit
from engine.probe.source import SourceError
from engine.scenario import Scenario
from engine.textfile import SaveError, TextFile
from gui import questions
from gui.background import Background
from gui.compare import Compare
from gui.dropping import Drop
from gui.file_watch import FileWatch
from gui.keeping import Keeping
from gui.new_script import TEMPLATE, free_place

if TYPE_CHECKING:
    from gui.main_window import MainWindow


class Files(QObject):
    """What happens to the script of one window as a file.

    Attributes: path (of what is shown, or None), base (what is on disk; None: it was not saved
    yet, or is no text), is_own (it may be written to).
    Signals: stands (the name, or whether it is modified, has changed).
    """

    stands = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._view = window.panes.code
        self._banner = self._view.banner
        self.path: Path | None = None
        self.base: TextFile | None = None
        self.is_own = False
        self._origin: Scenario | None = None
        self._template = ""
        self._serial = 0
        self._keeping = Keeping(window.settings.data_folder / "edits", self._to_keep, self)
        self._background = Background(self)
        self._watch = FileWatch(self)
        self._watch.changed.connect(self._changed_on_disk)
        self._watch.gone.connect(self._gone_from_disk)
        self._watch.back.connect(self._back_on_disk)
        self._view.editor.paused.connect(self._edited)
        self._view.editor.document().modificationChanged.connect(lambda _: self.stands.emit())

    @property
    def is_modified(self) -> bool:
        """Whether the text differs from the file's, or from the template of a new script."""
        return self._view.editor.document().isModified()

    # ---- opening and leaving

    def shown(self, path: Path, chosen: Scenario | None) -> None:
        """Take note that the script at *path* is shown now, as *chosen* (None: it cannot run)."""
        self._serial += 1
        self._keeping.pause()
        if not self._banner.is_offer:
            self._banner.dismiss()
        self.path, self._origin, self._template = path, chosen, ""
        self.is_own = chosen is None or not chosen.group
        self.base = None
        if chosen is None or (not chosen.edited and path.is_file()):
            try:
                self.base = textfile.read(path)
            except SourceError:
                self.base = None  # shown as far as it goes, and not to be edited
        else:  # it is no file yet, or one inside an archive
            self._template = chosen.text
        self._view.header.edit_action.setEnabled(bool(self.base or self._template))
        self._watch.watch(path if self.is_own and self.base else None, self._stamp())
        self.stands.emit()

    def ask_to_open(self) -> None:
        """Let the person choose a script."""
        path = questions.script_to_open(self._window, self._window.settings.folder)
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> bool:
        """Show the script at *path*; False if it cannot run, or the person would not leave."""
        if not self.may_leave():
            return False
        settings = self._window.settings
        opened = self._window.conductor.open_script(path)
        if self.base is not None or opened:
            settings.add_recent(path)
            settings.folder = path.resolve().parent
        return opened

    def open_dropped(self, drop: Drop) -> None:
        """Open what was dropped, or say why not."""
        if drop.path is not None:
            self._window.open_path(drop.path)
        else:
            self.say(drop.words, tone_bad=True)

    def say(self, words: str, *, tone_bad: bool = False) -> None:
        """Say something about files above the code."""
        self._window.workspace.raise_pane("code")
        self._banner.say(words, tone="bad" if tone_bad else "neutral")

    def missing(self, path: Path) -> None:
        """Say that a script of the recent ones is gone, and offer to forget it."""
        self._window.workspace.raise_pane("code")
        self._banner.say(
            f"{path} is not there any more. It was moved, renamed or deleted.",
            [("Take it from the list", lambda: self._window.settings.forget_recent(path))],
            "bad",
        )

    def new(self) -> None:
        """Show a new script from the template, to be edited; it is no file yet."""
        if not self.may_leave():
            return
        path = free_place(self._window.settings.folder)
        self._window.conductor.show_own(scenario.new(path, TEMPLATE))
        self._edit()

    def may_leave(self) -> bool:
        """Ask what to do with unsaved edits, if there are any; False: stay with them."""
        self._view.editor.finish()
        if not self.is_modified or self.path is None:
            return True
        answer = questions.save_first(self._window, self.path.name, own=self._can_save())
        if answer == "save":
            return self.save()
        if answer == "discard":
            self._forget()
            return True
        return False

    def close(self) -> None:
        """Let go of files and threads."""
        self._watch.close()
        self._keeping.pause()
        self._background.close()

    # ---- what would run

    def runnable(self) -> Scenario | None:
        """Return the script as it is shown, to be run; None, and why is said, if it cannot be.

        A file that has changed on disk since it was shown does not run before it was seen.
        """
        text = self._view.text()
        if self.base is None and not self._template:
            return self._origin  # an archive, or no text and None; neither can be edited
        if not self._watch.look() and not self.is_modified and not self._watch.is_gone:
            return None
        try:
            found = self._understand(text)
        except SourceError as error:
            self._doubt(error)
            return None
        if self._watch.is_gone:
            found = dataclasses.replace(found, edited=True)
        self._keeping.keep()
        self._adopt(found)
        return found

    def _understand(self, text: str) -> Scenario:
        if self.path is None:
            raise SourceError("No script is shown.")
        origin = self._origin or dataclasses.replace(scenario.new(self.path), edited=False)
        if text == origin.text and (self.base is None or self.base.text == text):
            return origin
        found = scenario.with_text(origin, text)
        is_file = self.base is not None and text == self.base.text
        return dataclasses.replace(found, edited=False) if is_file else found

    def _edited(self) -> None:
        """The keys rest: check the text, and keep it."""
        text, serial = self._view.text(), self._serial + 1
        self._serial = serial
        original = self.base.text if self.base else self._template
        if text == original and self.is_modified and not self._watch.is_gone:
            self._view.editor.document().setModified(False)
        if self.is_modified:
            self._keeping.soon()
        else:
            self._forget()

        def then(found: Scenario) -> None:
            if serial == self._serial:
                self._adopt(found)

        def failed(error: Exception) -> None:
            if not isinstance(error, SourceError):
                raise error
            if serial == self._serial:
                self._doubt(error)

        self._background.run("check the script", lambda: self._understand(text), then, failed)

    def _adopt(self, found: Scenario) -> None:
        self._view.clear_error()
        self._window.conductor.adopt(found)

    def _doubt(self, error: SourceError) -> None:
        self._view.show_error(error.line or 0, str(error))

    def _edit(self) -> None:
        self._window.workspace.raise_pane("code")
        self._view.header.edit_action.setChecked(True)

    # ---- saving

    def save(self) -> bool:
        """Write the edits to the file; ask for a place where it may not be written to."""
        if self.path is None:
            return False
        if not self._can_save():
            return self.save_as()
        if not self._watch.look() and not self._watch.is_gone:
            self._changed_on_disk()  # asks which of the two to keep
            return False
        return self._write(self.path)

    def save_as(self) -> bool:
        """Ask for a place, write the text there, and go on with that file."""
        if self.path is None:
            return False
        settings = self._window.settings
        proposed = self.path if self.is_own else settings.folder / self.path.name
        place = questions.place_to_save(self._window, proposed)
        if place is None:
            return False
        if place.resolve().is_relative_to(scenario.SHIPPED):
            self.say(
                "ThreadLab's own scenarios are not overwritten. Choose another folder.",
                tone_bad=True,
            )
            return False
        before = self.path
        if not self._write(place):
            return False
        self._keeping.forget(before)
        self._window.conductor.forget_new(before)
        editing = self._view.is_editing
        settings.add_recent(place)
        settings.folder = place.resolve().parent
        if self._window.conductor.open_script(place) and editing:
            self._edit()
        return True

    def revert(self) -> None:
        """Give the text of the file back; that can be undone."""
        original = self.base.text if self.base else self._template
        if self.path is None or self._view.text() == original:
            return
        self._view.set_text(original, modified=False)
        self._edited()

    def _can_save(self) -> bool:
        return self.is_own and self.base is not None

    def _write(self, path: Path) -> bool:
        text = self._view.text()
        like = self.base if self.base and self.is_own else None
        try:
            saved = textfile.write(path, text, like)
        except SaveError as error:
            self.say(str(error), tone_bad=True)
            return False
        if path == self.path:
            self.base = saved
            self._watch.know(saved.stamp)
            self._view.editor.document().setModified(False)
            self._banner.dismiss()
            self._forget()
            self._edited()
        return True

    # ---- the disk

    def look(self) -> None:
        """Look whether the file has changed: the window was activated."""
        self._watch.look()

    def _changed_on_disk(self) -> None:
        assert self.path is not None
        if not self.is_modified:
            self.reload()
            return
        self._window.workspace.raise_pane("code")
        self._banner.say(
            f"{self.path.name} has changed on disk, and you have changed it here.",
            [
                ("Reload", self.reload),
                ("Keep mine", self._keep_mine),
                ("Show both", self._show_both),
            ],
        )

    def _gone_from_disk(self) -> None:
        assert self.path is not None
        self._window.workspace.raise_pane("code")
        self._banner.say(
            f"{self.path.name} was deleted, moved or renamed. Its text is kept here.",
            [("Save as…", self.save_as)],
            "bad",
        )
        self._view.editor.document().setModified(True)  # it is nowhere else now
        self._keeping.soon()

    def _back_on_disk(self) -> None:
        self._banner.dismiss()
        self._edited()

    def reload(self) -> None:
        """Show what is on disk now; nothing of it runs."""
        assert self.path is not None
        try:
            found = textfile.read(self.path)
        except SourceError as error:
            self.say(f"It has changed on disk, and cannot be read now: {error}", tone_bad=True)
            return
        self.base = found
        self._watch.know(found.stamp)
        self._view.set_text(found.text, modified=False)
        self._forget()
        self._edited()
        clock = time.strftime("%H:%M:%S")
        self.say(f"{self.path.name} changed on disk and was reloaded at {clock}. It has not run.")

    def _keep_mine(self) -> None:
        """Go on with the edits; to save them replaces what is on disk now."""
        assert self.path is not None
        try:
            self.base = textfile.read(self.path)
        except SourceError:
            return
        self._watch.know(self.base.stamp)

    def _show_both(self) -> None:
        assert self.path is not None
        try:
            found = textfile.read(self.path).text
        except SourceError as error:
            self.say(str(error), tone_bad=True)
            return
        Compare(self.path.name, found, self._view.text(), self._window).open()
        self._changed_on_disk()

    def _stamp(self) -> str:
        return self.base.stamp if self.base else ""

    # ---- edits that survive

    def _to_keep(self) -> tuple[Path, str] | None:
        if self.path is None or not self.is_modified:
            return None
        return self.path, self._view.text()

    def _forget(self) -> None:
        self._keeping.forget(self.path)

    def offer_kept(self) -> None:
        """Offer the edits that a window which is gone has left."""
        if self._keeping.offer(self._banner, self._restore):
            self._window.workspace.raise_pane("code")

    def _restore(self, kept: KeptEdit) -> None:
        if not self.may_leave():
            self.offer_kept()
            return
        conductor = self._window.conductor
        if kept.path.exists():
            conductor.open_script(kept.path)
        else:
            conductor.show_own(scenario.new(kept.path, TEMPLATE))
        self._view.set_text(kept.text, modified=True)
        self._edit()
        self._keeping.keep()
        self._edited()
