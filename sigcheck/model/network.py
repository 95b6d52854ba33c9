"""What the network showed of the name and its addresses. Times are seconds."""

from typing import Literal

from msgspec import Struct

from sigcheck.words import Own

Scope = Literal["public", "private", "loopback", "link-local", "reserved"]
ConnectOutcome = Literal["connected", "refused", "unreachable", "no answer", "local", "not tried"]


class Address(Struct, frozen=True):
    """One address behind the name, and what came of connecting to it.

    "local": this machine could not try it (no route, no free port, no descriptor …); `detail` says why. "not tried": a
    scan connects to one address, and this is another one.
    """

    address: Own
    version: Literal[4, 6]
    scope: Scope
    outcome: ConnectOutcome
    seconds: float
    detail: Own = ""


AllowlistVerdict = Literal["admitted", "partly", "refused", "open", "unclear"]


class AllowlistFacts(Struct, frozen=True):
    """What the firewall rules that the user gave say of the sender ranges.

    `missing` are the networks of the ranges that do not get in, `decides` the line that the verdict rests on
    (file:line and its text, shortened), `unclear` the first lines that could not be understood and matter.
    """

    verdict: AllowlistVerdict
    files: tuple[str, ...]
    missing: tuple[str, ...] = ()
    decides: Own | None = None
    unclear: tuple[Own, ...] = ()


class NetworkFacts(Struct, frozen=True):
    """What the name resolves to. `problem` is the resolver's answer where there was none.

    `overridden`: the addresses came from --resolve, not from the resolver. `literal`: the host is an address.
    `local`: `problem` is this machine's, whose resolver could not be asked. `untried` is how many more addresses
    there are than were tried.
    """

    host: str
    port: int
    addresses: tuple[Address, ...]
    resolve_seconds: float
    problem: Own | None = None
    overridden: bool = False
    literal: bool = False
    local: bool = False
    untried: int = 0

    @property
    def tried(self) -> tuple[Address, ...]:
        """The addresses that were tried, be it in vain."""
        return tuple(each for each in self.addresses if each.outcome != "not tried")

    @property
    def connected(self) -> tuple[str, ...]:
        """The addresses that accepted a connection."""
        return tuple(each.address for each in self.addresses if each.outcome == "connected")
