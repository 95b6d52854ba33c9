"""What is asked of a file of rules, the file itself, and what a reader may need beyond it."""

from collections.abc import Callable

from msgspec import Struct

from sigcheck.allowlist.addresses import Addresses
from sigcheck.allowlist.ruleset import PortRange


class Question(Struct, frozen=True):
    """What is asked of the rules: whether these ranges may open a TCP connection to this port.

    `host` and `path` pick the server and the location of a web server's configuration, `interface` the network
    interface that the Internet is behind; None means that it is not known.
    """

    ranges: tuple[str, ...]
    port: int = 443
    host: str | None = None
    path: str | None = None
    interface: str | None = None


class File(Struct, frozen=True):
    """A file to read: its name as the user gave it, and its text."""

    name: str
    text: str


def no_include(pattern: str, beside: str) -> tuple[File, ...] | None:  # noqa: ARG001
    """Find no file: the answer to every `include` where files may not be opened."""
    return None


class Surroundings(Struct, frozen=True):
    """What a reader may need beyond its file.

    `include(pattern, beside)` gives the files that an include line names, looked for near the file `beside`; None
    if they cannot be read, and no files if the pattern surely matches none. `sets` are the named sets: those of an
    `ipset save`.
    """

    include: Callable[[str, str], tuple[File, ...] | None] = no_include
    sets: tuple["IpSet", ...] = ()


class IpSet(Struct, frozen=True):
    """A named set of `ipset save`: the kinds of its parts ("net", "port", ...) and its elements, a part each.

    A part is an Addresses, a PortRange or None (not understood). `exact` is false when members may come and go.
    """

    name: str
    parts: tuple[str, ...]
    elements: tuple[tuple[Addresses | PortRange | None, ...], ...]
    exact: bool = True
