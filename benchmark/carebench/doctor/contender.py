"""One of several processes that use a folder at once, as writers of one store do: a program of its own.

Usage: `python -m carebench.doctor.contender FOLDER NUMBER`. It prints one line of JSON; the processes meet
before each trial, so that they truly compete. `carebench.doctor.filesystem` starts them and judges.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from carebench.canonical import dump
from carebench.disk import Disk

CONTENDERS = 8
ROUNDS = 40
MEETING_SECONDS = 90.0
_BYTES = 4096


class Contender:
    """Takes part in every trial.

    Args:
        folder: shared by all contenders.
        number: this one's, from 0.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self.folder, self.number, self.disk = folder, number, Disk()

    def results(self) -> dict[str, Any]:
        """What happened in each trial; `error` where one could not be finished."""
        found: dict[str, Any] = {}
        for trial in (self.created, self.linked, self.renamed, self.synced):
            try:
                self.meet(trial.__name__)
                found[trial.__name__] = trial()
            except (OSError, TimeoutError) as error:
                found[trial.__name__] = f"error: {error}"
        found["seen"] = self._meet_or_say("seen")
        return found

    def meet(self, name: str) -> float:
        """Wait until all contenders came; returns how long the last one's file took to be listed."""
        stamp = f"{name}-{self.number}-{time.monotonic_ns()}"
        self.disk.close(self.disk.create(self.folder / stamp))
        deadline = time.monotonic() + MEETING_SECONDS
        while len(came := list(self.folder.glob(f"{name}-*"))) < CONTENDERS:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{len(came)} of {CONTENDERS} files were listed after {MEETING_SECONDS:g} s"
                )
            time.sleep(0.002)
        return (time.monotonic_ns() - max(int(path.name.rpartition("-")[2]) for path in came)) / 1e9

    def created(self) -> int:
        """How many files, wanted by all, this one could create exclusively."""
        return sum(self._create(self.folder / f"one-{number}") for number in range(ROUNDS))

    def linked(self) -> list[int]:
        """How many names this one could link its file to, and how often the link count was then not 2."""
        won = miscounted = 0
        for number in range(ROUNDS):
            own = self.folder / f"own-{self.number}-{number}"
            self._create(own)
            try:
                self.disk.link(own, self.folder / f"link-{number}")
            except FileExistsError:
                continue
            won += 1
            miscounted += own.stat().st_nlink != 2
        return [won, miscounted]

    def renamed(self) -> list[int]:
        """How often the file that all replace was missing, and how often it was torn, when read."""
        target = self.folder / "replaced"
        missing = torn = 0
        for number in range(ROUNDS):
            own = self.folder / f"new-{self.number}-{number}"
            descriptor = self.disk.create(own)
            self.disk.write(descriptor, bytes([self.number]) * _BYTES)
            self.disk.close(descriptor)
            self.disk.rename(own, target)
            try:
                data = target.read_bytes()
            except FileNotFoundError:
                missing += 1
                continue
            torn += len(data) != _BYTES or len(set(data)) != 1
        return [missing, torn]

    def synced(self) -> bool:
        """Whether a file and the folder could be forced to the disk."""
        descriptor = self.disk.create(self.folder / f"forced-{self.number}")
        self.disk.write(descriptor, b"bytes")
        self.disk.sync(descriptor)
        self.disk.close(descriptor)
        self.disk.sync_folder(self.folder)
        return True

    def _create(self, path: Path) -> bool:
        try:
            self.disk.close(self.disk.create(path))
        except FileExistsError:
            return False
        return True

    def _meet_or_say(self, name: str) -> float | str:
        try:
            return self.meet(name)
        except (OSError, TimeoutError) as error:
            return f"error: {error}"


if __name__ == "__main__":
    print(dump(Contender(Path(sys.argv[1]), int(sys.argv[2])).results()).decode("ascii"))  # noqa: T201 - a program
