"""What is known of this machine. Where a fact could not be had, a `Trouble` says why."""

from datetime import datetime

from msgspec import Struct


class Trouble(Struct, frozen=True):
    """Why something could not be found out; `reason` may be text of the system's."""

    reason: str


class Openssl(Struct, frozen=True):
    """The OpenSSL of this Python. `offered` are the versions of TLS that sigcheck offers with it.

    `plain` are those of a client that leaves the choice to openssl.cnf; `configured` whether OPENSSL_CONF is set, and
    `unread` why the file that it names configures nothing, None where it does.
    """

    version: str
    offered: tuple[str, ...]
    plain: tuple[str, ...]
    fips: bool
    configured: bool
    unread: str | None = None


class Bundle(Struct, frozen=True):
    """The roots of certifi. `elsewhere`: the file is not certifi's own, so its version says nothing."""

    version: str
    roots: int
    released: datetime | None
    elsewhere: str | None = None


class Dns(Struct, frozen=True):
    """The name servers that /etc/resolv.conf lists."""

    servers: tuple[str, ...]


class Name(Struct, frozen=True):
    """What a host resolves to. `problem` is the resolver's; `local`: it is this machine's own.

    `unrouted` are the addresses that this machine has no route to.
    """

    host: str
    addresses: tuple[str, ...] = ()
    unrouted: tuple[str, ...] = ()
    problem: str | None = None
    local: bool = False


class Clock(Struct, frozen=True):
    """By how many seconds the clock of the server behind `url` is ahead of this machine's, and how sure that is."""

    url: str
    ahead: float = 0.0
    within: float = 0.0
    problem: str | None = None


class Files(Struct, frozen=True):
    """The limit of open files, None where it is not known; `lacking` is what a run would be refused for, and the fix.

    It covers memory and threads too.
    """

    limit: int | None
    lacking: tuple[str, str] | None = None


class Room(Struct, frozen=True):
    """The folder for temporary files, and the bytes that are free in it."""

    folder: str
    free: int


class Terminal(Struct, frozen=True):
    """Where stdout goes. `unicode`: its encoding carries the marks of a report."""

    terminal: bool
    encoding: str
    unicode: bool
    width: int
    colour: bool


class Facts(Struct, frozen=True, kw_only=True):
    """All of it. `at` is this machine's time of day; `name` and `clock` are None where nobody asked for them.

    `variables` and `proxies` are (name, value) pairs of the environment; values are redacted already.
    """

    at: datetime
    sigcheck: str
    python: str
    system: str
    openssl: Openssl | Trouble
    bundle: Bundle | Trouble
    variables: tuple[tuple[str, str], ...]
    proxies: tuple[tuple[str, str], ...]
    dns: Dns | Trouble
    name: Name | None
    clock: Clock | None
    addresses: tuple[str, ...]
    ranges: tuple[str, ...]
    ipv4: bool
    ipv6: bool
    files: Files
    room: Room | Trouble
    terminal: Terminal
    ci: str | None
    postgresql: str | Trouble | None
