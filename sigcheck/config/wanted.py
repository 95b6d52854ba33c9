"""One target as somebody asked for it: its name, and all that was given for it. Variables stand in it by name."""

from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from sigcheck.config.given import Settings
from sigcheck.config.keys import key
from sigcheck.config.setting import Spelling, option
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
            return _from(str(Path.cwd()), path), int(line)
        except OSError:  # the folder is gone
            return Path(path).name, int(line)

    def in_place(self, problem: UsageProblem) -> UsageProblem:
        """Say of which target something is wrong."""
        if not self.place or self._is_typed(problem):
            return problem
        if (where := self._elsewhere(problem)) is not None:
            return UsageProblem(f"{where}: {problem.message}", problem.fix)
        target = f"target {self.name}: " if self.name else ""
        # What is wrong with one value says where it stands.
        message = problem.message.removeprefix(f"{self.place}: ")
        return UsageProblem(f"{self.place}: {target}{message}", problem.fix)

    def _is_typed(self, problem: UsageProblem) -> bool:
        """Whether it is about an option of the command line, which holds for all targets."""
        last = [given[-1] for given in self.settings.values() if given]
        return any(each.where == each.spelled and problem.message.startswith(each.spelled) for each in last)

    def _elsewhere(self, problem: UsageProblem) -> str | None:
        """Say where a value stands that is wrong, if another file gives it: the defaults of a list hold for all."""
        file = self.place.rpartition(":")[0]
        for name, given in self.settings.items():
            if given and problem.message.startswith((f"{self.spelled(name)}: ", f"{self.spelled(name)} ")):
                path, line, _ = given[-1].where.rpartition(":")
                return given[-1].where if line and path != file else None
        return None
