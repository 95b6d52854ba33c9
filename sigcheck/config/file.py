"""The configuration file: `sigcheck.toml`, or `[tool.sigcheck]` of a pyproject.toml. The nearest file wins, alone."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from sigcheck.config.given import Settings
from sigcheck.config.keys import HEADERS, OBSERVER, in_underscores, quoted, settings_in
from sigcheck.config.tables import NAME_FIX, Keys, Problems, Tables, is_name
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input

NAME, PROJECT = "sigcheck.toml", "pyproject.toml"
OURS: Keys = ("tool", "sigcheck")
"""The table of a pyproject.toml that is ours."""

LARGEST = 4 << 20
"""Bytes of a configuration file: tens of thousands of targets."""

_OURS_MAY_BE_IN = re.compile(
    rb"""tool["' \t]*\.["' \t]*sigcheck|^(?:\xef\xbb\xbf)?[ \t]*+(?:\[[ \t]*+)?["']?tool["']?[ \t]*+[]=]""",
    re.MULTILINE,
)
"""What a pyproject.toml with a table of ours has in it; the others, which are most, need not be parsed."""

_PLACES = {"defaults": "[defaults]", "targets": "[targets.NAME]"}


class ConfigFile(Struct, frozen=True):
    """A configuration file. `path` is as messages call it; `problems` is all that is wrong with its keys."""

    path: str
    defaults: Settings
    targets: Mapping[str, Settings]
    lines: Mapping[str, int]
    problems: tuple[UsageProblem, ...] = ()

    def place(self, target: str) -> str:
        """Say where a target stands."""
        return f"{self.path}:{self.lines[target]}"


def find_file() -> ConfigFile | None:
    """Read the nearest configuration file, of this folder or one above it; None where there is none.

    Raises UsageProblem for one that cannot be read, or that somebody else has put in a folder that others own.
    """
    try:
        here = Path.cwd()
    except OSError:  # somebody removed the folder
        return None
    for height, folder in enumerate((here, *here.parents)):
        shown = "/".join([".."] * height)
        for name in (NAME, PROJECT):
            path = f"{shown}/{name}" if shown else name
            if not _is_there(folder / name):
                continue
            found = _read(path, folder / name, shown, found=True)
            if found is not None:
                return found
    return None


def read_file(path: str) -> ConfigFile:
    """Read a configuration file that the user named; raises UsageProblem."""
    found = _read(path, Path(path), os.path.dirname(path), found=False)  # noqa: PTH120 - "" for here
    assert found is not None  # noqa: S101 - only a search passes over a file
    return found


def _is_there(path: Path) -> bool:
    try:
        return not stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _read(shown: str, path: Path, folder: str, *, found: bool) -> ConfigFile | None:
    """Read a file; None for a pyproject.toml that a search came across and that has nothing of ours."""
    fix = "give another with --config FILE" if not found else "fix it, or leave it out with --no-config"
    project = path.name == PROJECT
    raw = read_input(path, what="configuration file", fix=fix, limit=LARGEST, shown=shown)
    if found and project and _OURS_MAY_BE_IN.search(raw) is None:
        return None
    whole, lines = _parsed(raw, shown, fix)
    top: Keys = ()
    if project:
        top = OURS
        tools = whole.get("tool")
        ours = tools.get("sigcheck") if isinstance(tools, dict) else None
        if ours is None and found:
            return None
        if not isinstance(ours, dict):
            raise UsageProblem(f"{shown} has no table [tool.sigcheck]", "write one, or name another file")
        whole = ours
    if found:
        _see_owner(shown, path)
    return _Reading(shown, folder, lines, top).file(whole)


def read_text(text: str, shown: str) -> ConfigFile:
    """Read the text of a configuration file, which `shown` names in messages; raises UsageProblem."""
    whole, lines = _parsed(text.encode("utf-8", "surrogatepass"), shown, "fix it")
    return _Reading(shown, "", lines, ()).file(whole)


def _parsed(raw: bytes, shown: str, fix: str) -> tuple[dict[str, Any], Mapping[Keys, int]]:
    """Give what a file says, and the lines of its keys; raises UsageProblem."""
    import tomllib

    from sigcheck.config.toml_lines import key_lines

    try:
        text = raw.decode("utf-8-sig")
        return tomllib.loads(text), key_lines(text)
    except UnicodeDecodeError:
        raise UsageProblem(f"{shown} is not UTF-8", fix) from None
    except RecursionError:
        raise UsageProblem(f"{shown} is nested too deeply", fix) from None
    except ValueError as error:  # tomllib's own, or a number of thousands of digits
        raise UsageProblem(f"{shown} is not TOML ({error})", fix) from None


def _see_owner(shown: str, path: Path) -> None:
    """Refuse what a stranger has put where others can put files, such as /tmp: it could name commands to be run."""
    try:
        owner, of_folder = path.stat().st_uid, path.parent.stat().st_uid
    except OSError:
        return
    if owner not in {os.geteuid(), 0, of_folder}:
        raise UsageProblem(
            f"{shown} belongs to another user, and so may not say what is run here",
            f"give --config {shown} if you trust it, or --no-config",
        )


class _Reading:
    """Takes a configuration file apart, and notes what is wrong with it."""

    def __init__(self, path: str, folder: str, lines: Mapping[Keys, int], top: Keys) -> None:
        self._path = path
        self._lines = lines
        self._top = top
        self._problems = Problems()
        self._tables = Tables(path, folder, self._line, self._problems)

    def file(self, whole: dict[str, Any]) -> ConfigFile:
        for name in [each for each in whole if each not in _PLACES]:
            self._tables.refuse((name,), f"there is no key {quoted(name)} at the top", _at_the_top(name))
        defaults = self._tables.table(("defaults",), whole.get("defaults", {}), "[defaults]")
        targets = whole.get("targets", {})
        if not isinstance(targets, dict):
            self._tables.refuse(("targets",), "targets must be a table", "write [targets.NAME] above the keys of each")
            targets = {}
        settings = {name: self._target(name, table) for name, table in targets.items()}
        return ConfigFile(
            self._path,
            defaults,
            settings,
            {name: self._line(("targets", name)) for name in targets},
            tuple(self._problems.kept),
        )

    def _target(self, name: str, table: object) -> Settings:
        keys = ("targets", name)
        if not is_name(name):
            self._tables.refuse(keys, f"{quoted(name)} is not a valid name for a target", NAME_FIX)
        settings = self._tables.table(keys, table, f"[targets.{name}]")
        if "url" not in settings and isinstance(table, dict):
            self._tables.refuse(keys, f"the target {quoted(name)} has no url", 'write url = "https://host/path"')
        return settings

    def _line(self, keys: Keys) -> int:
        return self._lines.get((*self._top, *keys), 1)


def _at_the_top(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, _PLACES, n=1)
    if close:
        return f"did you mean {_PLACES[close[0]]}?"
    plain = in_underscores(name)
    if plain in settings_in("") or plain in {HEADERS, OBSERVER}:
        return "put it under [defaults] or [targets.NAME]"
    return "it has the tables [defaults] and [targets.NAME]"
