"""Writes docs/root-stores.md from the table of young roots."""

from sigcheck.rules._root_stores import READ, YOUNG, YOUNG_YEARS, Certainty, Entry, Root, Standing, Store

HEAD = f"""\
# When young roots came into root stores

Written by `make docs` from `sigcheck/rules/_root_stores.py`; read by the rule tls-young-root.

The roots of certifi whose validity, or whose place in certifi, began within the {YOUNG_YEARS} years before {READ}, the
day on which the sources were read. A test compares the list with the installed certifi and names a root that it lacks.

Each entry says how sure it is. "Published" is what the source itself says. "Inferred" is what follows from it: for
OpenJDK, the update by the repository that took the change and the day on which it did; "not found" there means that
no file of OpenJDK's sources, as far as a public index shows them, holds this root. "Unknown" means that nothing was
found, and no more. For certifi, the release is the first one whose file holds exactly this certificate; a CA may have
had the same key in an older certificate before, as Google's roots did. Android, Windows and Apple publish lists of
their present roots; dates were found for few.

The OpenJDK column is that of OpenJDK 17 and Oracle's JDK 17. Eclipse Temurin ships Mozilla's roots instead
(https://github.com/adoptium/temurin-build/tree/master/security), and Debian's packages use those of the system.
"""


def page(_present: str) -> str:
    """Give the page: a table of roots, what is known of each in each store, and the sources."""
    numbers: dict[str, int] = {}
    rows = [_row(root, numbers) for root in YOUNG]
    stores = " | ".join(store.value for store in Store)
    lines = [HEAD, f"| Root | From | {stores} | Also signed by |", f"|---|---|{'---|' * len(Store)}---|", *rows, ""]
    lines += ["## Sources", "", *(f"{number}. {url}" for url, number in numbers.items()), ""]
    return "\n".join(lines)


def _row(root: Root, numbers: dict[str, int]) -> str:
    cells = [_cell(root.stores[store], numbers) for store in Store]
    cross = "unknown"
    if root.cross is not None:
        cross = f"{root.cross.signer}, {root.cross.certainty} {_note(root.cross.source, numbers)}"
    return f"| {root.name} | {root.begins} | {' | '.join(cells)} | {cross} |"


def _cell(entry: Entry, numbers: dict[str, int]) -> str:
    if entry.certainty is Certainty.UNKNOWN:
        return "unknown"
    month = f" ({entry.month})" if entry.month else ""
    said = {
        Standing.SINCE: f"{entry.since}{month}",
        Standing.INCLUDED: "included, date not found",
        Standing.ABSENT: "not found",
    }[entry.standing]
    return f"{said}, {entry.certainty} {_note(entry.source, numbers)}"


def _note(url: str, numbers: dict[str, int]) -> str:
    return f"[{numbers.setdefault(url, len(numbers) + 1)}]"
