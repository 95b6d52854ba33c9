"""Judges the facts about this machine: pure, one check for each, in the order in which they are shown."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Literal

from msgspec import Struct

from sigcheck.doctor.facts import Bundle, Clock, Dns, Facts, Files, Name, Openssl, Trouble
from sigcheck.machine import FILES_OF_A_RUN

Status = Literal["ok", "warn", "fail"]

OLD = 365
"""Days after which certifi is called old. Our choice: roots come and go a few times a year."""

CLOCKS_AGREE, CLOCKS_DIFFER = 10.0, 300.0
"""Seconds by which two clocks may differ without a word, and beyond which a run is wrong. Our choice."""

TARGETS_AT_ONCE = 10
"""Targets that `verify` has going at once by default."""

INTERNET = "internet"
"""The check that is there only where a machine has no route to the internet by any version of IP."""

ROOM_OF_A_DEMO = 10 << 20
MODERN = ("TLS 1.2", "TLS 1.3")
_REINSTALL = "install it again: pip install --force-reinstall certifi"


class Check(Struct, frozen=True):
    """One line: what was looked at, how it is, what was seen, and what to do ("" where nothing is)."""

    name: str
    status: Status
    found: str
    fix: str = ""


def judge(facts: Facts) -> tuple[Check, ...]:
    """Judge everything. "fail" is what falsifies runs, "warn" what may, and "ok" what is told for completeness."""
    return tuple(_checks(facts))


def nearby_only(checks: tuple[Check, ...]) -> bool:
    """Whether this machine has no route to the internet, and can be used for receivers in its own networks only."""
    return any(each.name == INTERNET for each in checks)


def usable(checks: tuple[Check, ...]) -> bool:
    """Whether nothing falsifies runs."""
    return all(each.status != "fail" for each in checks)


def _checks(facts: Facts) -> Iterator[Check]:
    yield Check("python", "ok", f"sigcheck {facts.sigcheck} runs on {facts.python}, {facts.system}.")
    yield _openssl(facts.openssl)
    yield _certifi(facts)
    yield from _ignored(facts)
    yield _dns(facts.dns)
    if facts.name is not None:
        yield _name(facts.name)
    if facts.clock is not None:
        yield _clock(facts.clock)
    yield from _routes(facts)
    yield _range(facts)
    yield _files(facts.files)
    yield _temporary(facts)
    yield _terminal(facts)
    yield Check("ci", "ok", f"This is {facts.ci}." if facts.ci else "No CI system was recognised.")
    yield _postgresql(facts)


def _openssl(found: Openssl | Trouble) -> Check:
    name = "openssl"
    if isinstance(found, Trouble):
        return Check(name, "fail", f"Python's TLS cannot be used ({found.reason}).", "install Python with OpenSSL")
    by = " as OPENSSL_CONF configures it," if found.configured and found.unread is None else ""
    version = " ".join(found.version.split()[:2])
    lacking = [each for each in MODERN if each not in found.offered]
    allow = "allow TLS 1.2 and 1.3 in openssl.cnf (MinProtocol, MaxProtocol), or run with OPENSSL_CONF=/dev/null"
    if lacking:
        offers = " and ".join(found.offered) or "no version of TLS"
        what = f"{version},{by} offers {offers}: a receiver that speaks only {' or '.join(lacking)} would seem to fail."
        activate = 'let openssl.cnf activate the provider "default" and '
        return Check(name, "fail", what, allow if found.offered else activate + allow)
    if found.unread is not None:
        what = f"{version} offers {' and '.join(MODERN)}. OPENSSL_CONF is set, and nothing was configured by it: "
        return Check(name, "warn", f"{what}{found.unread}.", "correct OPENSSL_CONF or the file, or unset the variable")
    if found.fips:
        what = f"{version} is in FIPS mode: a receiver that offers only what it forbids would seem to fail."
        return Check(name, "warn", what, "run sigcheck with an OpenSSL that is not in FIPS mode")
    if hidden := [each for each in MODERN if each not in found.plain]:
        what = (
            f"{version},{by} does not offer {' or '.join(hidden)} to an observer by URL; deliveries are not affected."
        )
        return Check(name, "warn", what, allow)
    return Check(name, "ok", f"{version}{',' + by if by else ''} offers {' and '.join(MODERN)}.")


def _certifi(facts: Facts) -> Check:
    name, found = "certifi", facts.bundle
    if isinstance(found, Trouble):
        return Check(name, "fail", f"The public roots cannot be loaded ({found.reason}).", _REINSTALL)
    if not found.roots:
        return Check(
            name, "fail", f"certifi {found.version} holds no root, so no receiver would be trusted.", _REINSTALL
        )
    what = f"certifi {found.version} holds {found.roots} roots"
    if found.elsewhere is not None:
        what = f"certifi {found.version} was changed to use {found.elsewhere}, which holds {found.roots} roots."
        return Check(name, "warn", f"{what} Verdicts depend on that file.", _REINSTALL)
    return _aged(found, what, facts)


def _aged(found: Bundle, what: str, facts: Facts) -> Check:
    if found.released is None:
        return Check("certifi", "ok", f"{what}; its version does not tell its age.")
    days = (facts.at - found.released).days
    if days > OLD:
        what += f" and is {days} days old. Newer roots are unknown to it. (The limit of {OLD} days is our choice.)"
        return Check("certifi", "warn", what, "upgrade it: pip install --upgrade certifi")
    if days < -1:
        what += f" and is dated {-days} days in the future."
        return Check("certifi", "warn", what, "set this machine's clock; --clock URL compares it with a server's")
    return Check("certifi", "ok", f"{what} and is {_counted(max(0, days), 'day')} old.")


def _ignored(facts: Facts) -> Iterator[Check]:
    """Judge the variables that other tools heed."""
    if facts.variables:
        names = " and ".join(name for name, _ in facts.variables)
        what = f"{names} {_is(facts.variables)} set, and sigcheck ignores {_it(facts.variables)}."
        yield Check("certificates", "warn", what, "for roots of your own, give verify --ca-file PEM")
    else:
        yield Check("certificates", "ok", "SSL_CERT_FILE and SSL_CERT_DIR are not set; sigcheck would ignore them.")
    if facts.proxies:
        shown = ", ".join(f"{name}={value}" for name, value in facts.proxies)
        what = f"{shown}: sigcheck uses no proxy, because the Cloud calls receivers directly."
        fix = "if this machine reaches receivers only through a proxy, run sigcheck elsewhere"
        yield Check("proxy", "warn", what, fix)
    else:
        yield Check("proxy", "ok", "No proxy is set in the environment; sigcheck would use none.")


def _dns(found: Dns | Trouble) -> Check:
    name = "dns"
    if isinstance(found, Trouble):
        what = f"The list of name servers cannot be read ({found.reason})."
        return Check(name, "warn", what, "see that names resolve: sigcheck doctor --host NAME")
    if not found.servers:
        what = "/etc/resolv.conf lists no name server, so names are looked up at 127.0.0.1."
        return Check(name, "warn", what, "see that names resolve: sigcheck doctor --host NAME")
    many = "The name servers are" if len(found.servers) > 1 else "The name server is"
    asked = "They were not asked" if len(found.servers) > 1 else "It was not asked"
    return Check(name, "ok", f"{many} {', '.join(found.servers[:3])}. {asked}; --host NAME does.")


def _name(found: Name) -> Check:
    name = "name"
    if found.problem is not None or not found.addresses:
        what = f"{found.host} does not resolve ({found.problem or 'it has no address'})."
        if found.local:
            return Check(name, "fail", what, "repair this machine's name resolution: /etc/resolv.conf, or its network")
        return Check(name, "warn", what, "see how the name is written, and whether its DNS zone has it")
    shown = ", ".join(found.addresses[:4]) + (" …" if len(found.addresses) > 4 else "")
    what = f"{found.host} resolves to {shown}"
    if not found.unrouted:
        return Check(name, "ok", f"{what}.")
    if len(found.unrouted) < len(found.addresses):
        return Check(name, "ok", f"{what}; this machine has no route to {', '.join(found.unrouted[:4])}.")
    return Check(name, "fail", f"{what}, and this machine has no route to it.", "connect this machine to that network")


def _clock(found: Clock) -> Check:
    name = "clock"
    if found.problem is not None:
        what = f"The clock could not be compared with that of {found.url}: {found.problem}"
        return Check(name, "warn", what.rstrip(".") + ".", "give the URL of another server with --clock")
    apart = abs(found.ahead)
    if apart <= CLOCKS_AGREE + found.within:
        return Check(name, "ok", f"The clock agrees with that of {found.url} to within {apart + found.within:.0f} s.")
    way = "behind" if found.ahead > 0 else "ahead of"
    what = f"The clock is {_long(apart)} {way} that of {found.url}, if that one is right."
    fix = "set this machine's clock (NTP): certificates are judged by it, and messages carry its time"
    return Check(name, "warn" if apart <= CLOCKS_DIFFER else "fail", what, fix)


def _routes(facts: Facts) -> Iterator[Check]:
    if facts.ipv4:
        yield Check(
            "ipv4", "ok", "There is a route to the IPv4 internet; nothing was sent to see whether it leads there."
        )
    else:
        what = "There is no route to the IPv4 internet: only receivers in this machine's own networks can be verified."
        yield Check("ipv4", "warn", what, "connect this machine, or give verify --allow-private for a receiver nearby")
    here = "a" if facts.ipv6 else "no"
    rest = "" if facts.ipv6 else ": addresses of IPv6 stay untested, and the Cloud is only known to use IPv4"
    yield Check("ipv6", "ok", f"There is {here} route to the IPv6 internet{rest}.")
    if not facts.ipv4 and not facts.ipv6:
        what = "This machine is not connected: it cannot verify a receiver elsewhere, nor resolve public names."
        yield Check(INTERNET, "warn", what, "connect this machine, or run sigcheck on one that is connected")


def _range(facts: Facts) -> Check:
    """Tell whether this machine is one of the senders."""
    networks = [ip_network(each) for each in facts.ranges]
    inside = [each for each in facts.addresses if any(ip_address(each) in network for network in networks)]
    ranges = ", ".join(facts.ranges)
    if inside:
        what = f"{inside[0]} is inside the Cloud's range {ranges}, so a firewall lets this machine in as a sender."
        return Check("range", "warn", what, "give verify --vantage inside")
    own = f"The addresses of this machine ({', '.join(facts.addresses[:3])})" if facts.addresses else "This machine"
    verb = "are" if facts.addresses else "is"
    what = f"{own} {verb} not inside the Cloud's range {ranges}: leave --vantage outside."
    return Check("range", "ok", what)


def _files(found: Files) -> Check:
    if found.lacking is not None:
        what, fix = found.lacking
        return Check("limits", "fail", f"A run would be refused: {what}.", fix)
    if found.limit is None or found.limit < 0:
        return Check("limits", "ok", "Files, memory and threads are enough for a run.")
    needed = FILES_OF_A_RUN * TARGETS_AT_ONCE
    if found.limit < needed:
        enough = f"enough for a run, not for {TARGETS_AT_ONCE} targets at once"
        what = f"This machine allows {found.limit} open files: {enough}."
        fix = f"raise the limit (ulimit -n {needed}), or give verify --jobs {max(1, found.limit // FILES_OF_A_RUN - 1)}"
        return Check("limits", "warn", what, fix)
    return Check("limits", "ok", f"This machine allows {found.limit} open files, and has memory and threads for a run.")


def _temporary(facts: Facts) -> Check:
    found, fix = facts.room, "free some space, or set TMPDIR; only sigcheck demo needs it"
    if isinstance(found, Trouble):
        return Check("temporary", "warn", f"There is no folder for temporary files ({found.reason}).", fix)
    if found.free < ROOM_OF_A_DEMO:
        return Check("temporary", "warn", f"{found.folder} has only {found.free >> 10} KiB free.", fix)
    return Check("temporary", "ok", f"{found.folder} has {found.free >> 20:,} MiB free.")


def _terminal(facts: Facts) -> Check:
    found = facts.terminal
    where = f"goes to a terminal of {found.width} columns" if found.terminal else "does not go to a terminal"
    encoding = found.encoding.upper() if found.encoding.casefold().startswith("utf") else found.encoding
    what = f"Output {where}. It is {encoding}, {'with' if found.colour else 'without'} colour"
    if not found.unicode:
        what += "; the marks of reports are replaced by ASCII"
        return Check("terminal", "warn", f"{what}.", "set a UTF-8 locale, such as LC_ALL=C.UTF-8")
    return Check("terminal", "ok", f"{what}.")


def _postgresql(facts: Facts) -> Check:
    name, found, install = "postgresql", facts.postgresql, "pip install 'sigcheck[postgresql]'"
    if isinstance(found, Trouble):
        return Check(name, "warn", f"psycopg is installed and cannot be loaded ({found.reason}).", install)
    if found is None:
        return Check(name, "ok", f"psycopg is not installed; only --observe-sql postgresql:// needs it: {install}.")
    return Check(name, "ok", f"psycopg {found} is installed, for --observe-sql postgresql://.")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _is(many: tuple[tuple[str, str], ...]) -> str:
    return "is" if len(many) == 1 else "are"


def _it(many: tuple[tuple[str, str], ...]) -> str:
    return "it" if len(many) == 1 else "them"


def _long(seconds: float) -> str:
    """Give a duration in the largest unit of which there are two."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:.0f} s"
