"""One target as somebody asked for it: its name, and all that was given for it. Variables stand in it by name."""

from pathlib import Path

from msgspec import Struct

from sigcheck.config.given import Settings
from sigcheck.config.keys import key
from sigcheck.config.setting import Spelling, option
from sigcheck.errors import UsageProblem


class Wanted(Struct, frozen=True):
    """A target to be verified. `settings` is all that was given for it; `place` says where the file names it.

    `name` and `place` are "" for a URL.
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
            shown = Path(path).resolve().relative_to(Path.cwd().resolve()).as_posix()
        except (OSError, ValueError):  # the folder is gone, or the file lies elsewhere
            shown = Path(path).name
        return shown, int(line)

    def in_place(self, problem: UsageProblem) -> UsageProblem:
        """Say of which target something is wrong."""
        if not self.place:
            return problem
        return UsageProblem(f"{self.place}: target {self.name}: {problem.message}", problem.fix)
