"""The keys of a target in the configuration file: which setting each of them is."""

from collections.abc import Mapping
from functools import cache

from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import fields

OBSERVER = "observe"
"""The table of the settings that name an observer: `observe.url` is `--observe-url`."""

HEADERS = "headers"
"""The table of headers: `headers.Authorization = "…"`."""

VARIABLES = "var"
"""The table of values of variables: `var.rssi = "-120"`. It may be a list, too, of what `--var` takes."""

OF_A_COMMAND = frozenset(
    (
        "format",
        "report",
        "quiet",
        "verbose",
        "no_color",
        "dry_run",
        "jobs",
        "all",
        "config",
        "no_config",
        "observe_ask",
        "junit_undecided",
        "sarif_anchor",
    )
)
"""Options of the command line that say nothing of a target."""

LONGEST_SHOWN = 60
"""Characters of a key that a message quotes."""


def key(name: str) -> str:
    """Call a setting as the configuration file does."""
    start, underscore, rest = name.partition("_")
    return f"{OBSERVER}.{rest}" if start == OBSERVER and underscore else name


@cache
def settings_in(table: str) -> Mapping[str, str]:
    """Give the settings whose keys stand in a table, "" for the target itself: key → name."""
    prefix = f"{table}." if table else ""
    found = {key(name): name for name in ("url", *fields(RunConfig))}
    return {
        dotted.removeprefix(prefix): name
        for dotted, name in found.items()
        if dotted.startswith(prefix) and "." not in dotted.removeprefix(prefix)
    }


def in_underscores(name: str) -> str:
    """Give a key as it is listed: a hyphen may stand for an underscore, as in the names of options."""
    return name.replace("-", "_")


def nearest(name: str, table: str) -> str:
    """Say what to do about a key that does not exist in a table."""
    plain = in_underscores(name)
    known = settings_in(table)
    if not table and plain.startswith(OBSERVER + "_") and plain.removeprefix(OBSERVER + "_") in settings_in(OBSERVER):
        return f"write {OBSERVER}.{plain.removeprefix(OBSERVER + '_')}"
    if not table and plain in OF_A_COMMAND:
        return f"it is an option of the command: --{plain.replace('_', '-')}"
    words = [*known, HEADERS, *(() if table else (OBSERVER,))]
    from difflib import get_close_matches

    close = get_close_matches(plain, words, n=1)
    prefix = f"{table}." if table else ""
    return f"did you mean {prefix}{close[0]}?" if close else "`sigcheck config schema` lists the keys"


def quoted(name: str) -> str:
    """Give a key as a message quotes it."""
    return repr(name if len(name) <= LONGEST_SHOWN else name[:LONGEST_SHOWN] + "…")
