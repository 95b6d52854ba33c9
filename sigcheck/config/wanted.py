"""One target as somebody asked for it: its name, and all that was given for it. Variables stand in it by name."""

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from sigcheck.config.given import Given, Settings
from sigcheck.config.keys import key
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import Spelling, fields, option
from sigcheck.config.texts import beside
from sigcheck.errors import UsageProblem


@lru_cache(maxsize=16)
def _from(folder: str, path: str) -> str:
    """Give a path as it is seen from a folder, its name alone where it lies elsewhere: once for all targets of a file.

    Raises OSError.
    """
    try:
        return Path(path).resolve().relative_to(Path(folder).resolve()).as_posix()
    except ValueError:
        return Path(path).name


def _naming(message: str, given: Sequence[Given]) -> Given:
    """Give what sets the header that a message begins with, the last of all that set some where it names none."""
    for each in reversed(given):
        if message.startswith(f"header {str(each.value).partition(':')[0].strip()!r} "):
            return each
    return given[-1]


class Wanted(Struct, frozen=True):
    """A target to be verified. `settings` is all that was given for it; `place` says where the file names it.

    `name` is "" for a URL, and `place` for one of the command line.
    """

    name: str
    settings: Settings
    place: str = ""

    @property
    def spelled(self) -> Spelling:
        """How its settings are called where they were given."""

        def called(name: str) -> str:
            given = self.settings.get(name)
            if given and (not self.place or given[-1].where == given[-1].spelled):
                return given[-1].spelled
            return key(name) if self.place else option(name)

        return called

    @property
    def shown_place(self) -> tuple[str, int]:
        """Give the file and the line for reports, which are read elsewhere: no path of this machine stands in them."""
        path, _, line = self.place.rpartition(":")
        if not path:
            return "", 0
        try:
            return _from(os.getcwd(), path), int(line)  # noqa: PTH109 - a path of its own costs more than the rest
        except OSError:  # the folder is gone
            return Path(path).name, int(line)

    def in_place(self, problem: UsageProblem) -> UsageProblem:
        """Say of which target something is wrong."""
        if not self.place:
            return problem
        about = self._about(problem.message)
        if about is not None and about.where == about.spelled:
            # An option of the command line, which holds for all targets.
            return problem
        if about is not None and (about.shared or about.where.rpartition(":")[0] != self.place.rpartition(":")[0]):
            return UsageProblem(f"{about.where}: {problem.message.removeprefix(f'{about.where}: ')}", problem.fix)
        target = f"target {self.name}: " if self.name else ""
        # What is wrong with one value says where it stands.
        message = problem.message.removeprefix(f"{self.place}: ")
        return UsageProblem(f"{self.place}: {target}{message}", problem.fix)

    def _about(self, message: str) -> Given | None:
        """Find the value that is wrong: a message begins with the name of its setting, or with the file that it is."""
        known = fields(RunConfig)
        for name, given in self.settings.items():
            if not given:
                continue
            last = given[-1]
            # Whoever reads a file does not know by which word it was named.
            begins = [last.spelled, f"{self.spelled(name)}: ", f"{self.spelled(name)} ", f"{key(name)} "]
            if message.startswith(tuple(begins)):
                return _naming(message, given) if name == "header" else last
            if name in known and known[name].setting.path == "file":
                for each in given:
                    path = beside(str(each.value), each)
                    if message.startswith((f"{path}:", f"{path} ")):
                        return each
        return None
