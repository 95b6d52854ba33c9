"""Resolves the name and connects to every address behind it."""

import asyncio
import socket
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal

from msgspec import Struct

from sigcheck import clock
from sigcheck.machine import local_fault
from sigcheck.model.network import Address, ConnectOutcome, NetworkFacts, Scope
from sigcheck.probes.blocking import on_a_thread
from sigcheck.probes.failures import in_words
from sigcheck.probes.link import Link
from sigcheck.probes.route import has_route
from sigcheck.probes.slots import slots

MOST_ADDRESSES = 16
"""Addresses that are tried at the most: a name can resolve to hundreds."""


class Resolution(Struct, frozen=True):
    """What a name resolves to, IPv4 first. `problem` is the resolver's answer where there is none.

    `local`: the problem is this machine's, whose resolver could not be asked.
    """

    addresses: tuple[str, ...]
    seconds: float
    problem: str | None = None
    overridden: bool = False
    local: bool = False


class Resolver:
    """Asks the system's resolver, or gives the addresses that the user put in its place (`--resolve`).

    `overrides` maps (host, port) to addresses.
    """

    def __init__(self, overrides: Mapping[tuple[str, int], tuple[str, ...]] | None = None) -> None:
        self._overrides = overrides or {}

    async def resolve(self, host: str, port: int, limit: float) -> Resolution:
        """Resolve within `limit` seconds. A resolver thread cannot be cancelled, so it is left behind."""
        started = clock.now()
        if (host, port) in self._overrides:
            return Resolution(self._overrides[host, port], 0.0, overridden=True)
        try:
            return Resolution((str(ip_address(host)),), 0.0)
        except ValueError:
            pass
        try:
            found = await _lookup(host, port, limit)
        except TimeoutError:
            return Resolution((), clock.now() - started, f"the resolver did not answer within {limit:g} s")
        except (OSError, UnicodeError, RuntimeError, MemoryError) as error:
            ours = local_fault(error)
            text = ours or (error.strerror if isinstance(error, OSError) else None) or str(error)
            return Resolution((), clock.now() - started, text, local=ours is not None)
        return Resolution(found, clock.now() - started)


async def _lookup(host: str, port: int, limit: float) -> tuple[str, ...]:
    """Look a name up on a thread of its own; a resolver that hangs is left behind. Raises TimeoutError."""

    def work() -> tuple[str, ...]:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        entries.sort(key=lambda entry: entry[0] != socket.AF_INET)
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))

    return await on_a_thread(work, "resolver", limit)


async def examine(host: str, port: int, resolver: Resolver, limit: float) -> NetworkFacts:
    """Resolve `host` and connect to each of its addresses, all at once, within `limit` seconds."""
    resolution = await resolver.resolve(host, port, limit)
    addresses = await asyncio.gather(
        *(connect(address, port, limit) for address in resolution.addresses[:MOST_ADDRESSES])
    )
    return NetworkFacts(
        host=host,
        port=port,
        addresses=tuple(addresses),
        resolve_seconds=resolution.seconds,
        problem=resolution.problem,
        overridden=resolution.overridden,
        literal=host in resolution.addresses,
        local=resolution.local,
        untried=max(0, len(resolution.addresses) - MOST_ADDRESSES),
    )


async def connect(address: str, port: int, limit: float) -> Address:
    """Open and close one TCP connection."""
    async with slots().place():
        return await _connect(address, port, limit)


async def _connect(address: str, port: int, limit: float) -> Address:
    version, scope = version_and_scope(address)
    started = clock.now()
    outcome: ConnectOutcome = "connected"
    detail = ""
    try:
        async with asyncio.timeout(limit):
            with Link(address, port, stamped=False) as link:
                await link.open()
    except (OSError, RuntimeError, MemoryError) as error:
        outcome, detail = connect_fault(error, address, port, limit)
    return Address(address, version, scope, outcome, clock.now() - started, detail)


def connect_fault(error: Exception, address: str, port: int, limit: float) -> tuple[ConnectOutcome, str]:
    """Say what an error means that ended a connection attempt of `limit` seconds."""
    match error:
        case TimeoutError():
            return "no answer", f"no answer to the connection attempt came within {limit:g} s"
        case ConnectionRefusedError():
            return "refused", "the connection was refused"
        case ConnectionResetError():
            # A reset that overtakes the end of our own connect: the port had accepted it.
            return "connected", "the connection was reset at once"
    ours = local_fault(error, routed=has_route(address, port))
    words = in_words(error) if isinstance(error, OSError) else str(error)
    return ("local", ours) if ours is not None else ("unreachable", words)


def untried(address: str) -> Address:
    """Give an address that is known and was not tried."""
    return Address(address, *version_and_scope(address), "not tried", 0.0)


@lru_cache(maxsize=1024)
def version_and_scope(address: str) -> tuple[Literal[4, 6], Scope]:
    """Give the version of an address, and who can reach it."""
    parsed = ip_address(address.partition("%")[0])
    return (4 if parsed.version == 4 else 6), scope_of(parsed)


def scope_of(address: IPv4Address | IPv6Address) -> Scope:
    """Say whether the public internet can reach an address (IANA's special-purpose registries, through ipaddress)."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return scope_of(address.ipv4_mapped)
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_global and not address.is_multicast:
        return "public"
    if address.is_unspecified or address.is_multicast or address.is_reserved:
        return "reserved"
    return "private"
