"""What `--redact` hides beside secrets, in a report that others shall see: the path, or whose receiver it is."""

import re
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from sigcheck.redaction.secrets_of import HIDDEN, PLACEHOLDER

PARTS = ("path", "host")
"""What can be hidden."""

_PATH = re.compile(r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*)?/[^?#]*")


def without_path(url: str) -> str:
    """Hide the whole path of a URL; a lone slash hides nothing."""
    found = _PATH.match(url)
    if found is None or found[0] == f"{found[1] or ''}/":
        return url
    return f"{found[1] or ''}/{HIDDEN}{url[found.end() :]}"


def names_of_path(url: str) -> tuple[str, ...]:
    """Give the parts of a URL's path, as they stand and decoded: a server may send them back."""
    path = urlsplit(url).path
    literals = [part for segment in path.split("/") for part in PLACEHOLDER.split(segment) if part]
    return tuple(dict.fromkeys((*literals, *map(unquote, literals))))


def names_of_host(host: str, url: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """Give what tells whose receiver it is: its name, also as it was written, its domain, and its addresses."""
    labels = host.rstrip(".").split(".")
    domains = [] if host.replace(".", "").isdigit() or ":" in host else _domains(labels)
    given: list[str] = []
    with suppress(ValueError):
        given = [urlsplit(url).hostname or ""]
    return tuple(dict.fromkeys(name for name in (host, *given, *domains, *addresses) if name))


def _domains(labels: list[str]) -> list[str]:
    """Give the names above a host's, down to two labels."""
    return [".".join(labels[first:]) for first in range(1, len(labels) - 1)]
