"""What of a long piece of writing is done, kept so that it survives being killed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Journal"]

NAME = "specks-journal.jsonl"


class Journal:
    """A list of finished items in a folder that is being written.

    Every item is a line of its own, added after its data are on their way to the disk; a line that
    a kill has cut off counts as not written.

    Parameters
    ----------
    folder : Path
    key : mapping
        What is being written, as JSON-ready data. Work is only taken up again for an equal key.
    """

    def __init__(self, folder: Path, key: Mapping[str, Any]) -> None:
        self.path = folder / NAME
        self._key = json.loads(json.dumps(key))
        lines = (
            self.path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
            if self.path.exists()
            else []
        )
        found = [_parsed(line) for line in lines]
        self.resumed = bool(found) and found[0] == {"key": self._key}
        self._done = {item for item in found[1:] if isinstance(item, str)} if self.resumed else set()

    @staticmethod
    def stands_in(folder: Path) -> bool:
        """Whether a folder has a journal."""
        return (folder / NAME).is_file()

    def start(self) -> None:
        """Begin with an empty list."""
        self._done.clear()
        self.path.write_text(json.dumps({"key": self._key}) + "\n", encoding="utf-8")

    def __contains__(self, item: str) -> bool:
        return item in self._done

    def add(self, item: str) -> None:
        """Note that an item is done."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(item) + "\n")
        self._done.add(item)

    def remove(self) -> None:
        """Take the list away, because all is done."""
        self.path.unlink()


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None
