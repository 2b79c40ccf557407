"""A set that a run remembers over its invocations, however large it grows."""

from collections.abc import Sequence

from content_sync.state.table import Write
from content_sync.sync.run import Run


class Remembered:
    """Texts that were added in this run, in whichever of its invocations.

    Args:
        run: The run; what is added is written with its next save.
        name: Apart from other sets of the same run.
    """

    def __init__(self, run: Run, name: str) -> None:
        self._run = run
        self._name = name
        self._texts: set[str] = set(run.grown(name))
        self._unsaved: list[str] = []
        run.savers.append(self._writes)

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    def add(self, text: str) -> None:
        """Remembers a text."""
        if text not in self._texts:
            self._texts.add(text)
            self._unsaved.append(text)

    def _writes(self) -> Sequence[Write]:
        unsaved, self._unsaved = self._unsaved, []
        return self._run.grow(self._name, unsaved) if unsaved else ()
