"""Would Apache load it: the words of the directives on which access hangs."""

import itertools
import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from sigcheck.allowlist.readers.apache_syntax import Entry, is_htaccess
from sigcheck.allowlist.readers.refusal import WouldNotLoad, quoted

METHODS = frozenset(
    """GET HEAD PUT POST DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK
    VERSION-CONTROL CHECKOUT UNCHECKOUT CHECKIN UPDATE LABEL REPORT MKWORKSPACE MKACTIVITY BASELINE-CONTROL MERGE
    BREW WHEN""".split()  # noqa: SIM905 - a list a line long is no better read
)


def wrong(entry: Entry, what: str, fix: str) -> WouldNotLoad:
    """Make the refusal of an entry."""
    return WouldNotLoad("Apache", entry.line, what, fix)


def no_network(text: str) -> str | None:
    """Tell what is wrong with a network that apr_ipsubnet_create does not take; None if it does."""
    address, slash, mask = text.partition("/")
    if ":" not in address and re.fullmatch(r"[0-9.]*", address) is None:
        return "is neither an address nor a network"
    family = _family(address, whole=bool(slash))
    if family is None:
        return "is neither an address nor a network"
    if not slash or (re.fullmatch(r"\s*\+?0*[0-9]{1,3}", mask) and 0 < int(mask) <= family):
        return None
    if family == 32:
        try:
            IPv4Address(mask)
        except AddressValueError:
            pass
        else:
            return None
    return f"has a mask that is neither a netmask nor a number between 1 and {family}"


def _family(address: str, *, whole: bool) -> int | None:
    for bits, read in ((128, IPv6Address), (32, IPv4Address)):
        try:
            if "%" not in address:
                read(address)
                return bits
        except AddressValueError:
            continue
    # A network may be written by its first parts, but not with a mask.
    parts = address.removesuffix(".").split(".")
    short = not whole and len(parts) <= 4 and all(re.fullmatch(r"0*[0-9]{1,3}", part) for part in parts)
    return 32 if short and all(int(part) <= 255 for part in parts) else None


def address_remedy(text: str) -> str:
    """Say what to write in place of something that is no network."""
    if "," in text:
        return "separate addresses by spaces, not by commas"
    if text.endswith("/0"):
        return "write all granted (or Allow from all) for everybody"
    if "-" in text:
        return "write networks, as in 185.110.96.0/22: Apache takes no range"
    return "write an address, or a network as in 185.110.96.0/22"


def _order(entry: Entry) -> None:
    if entry.words[0].lower() not in {"allow,deny", "deny,allow", "mutual-failure"}:
        raise wrong(entry, f"there is no order {quoted(entry.words[0])}", "write Order deny,allow or Order allow,deny")


def _from(entry: Entry) -> None:
    name = entry.name.capitalize()
    if entry.words[0].lower() != "from":
        raise wrong(entry, f'"from" is missing after {name}', f"write {name} from {entry.words[0]}")
    for text in itertools.takewhile(bool, entry.words[1:]):
        if text.lower() == "all" or text.lower().startswith("env="):
            continue
        looks_like_one = "/" in text or ":" in text or re.fullmatch(r"[0-9.]*", text)
        if looks_like_one and (why := no_network(text)):
            raise wrong(entry, f"{quoted(text)} {why}", address_remedy(text))
        if "#" in text:
            raise wrong(entry, "a comment follows the directive", "give it a line of its own")


def _one_of(*choices: str) -> Callable[[Entry], None]:
    def look(entry: Entry) -> None:
        if entry.words[0].lower() not in {each.lower() for each in choices}:
            said = f"{quoted(entry.words[0])} is not one of {', '.join(choices)}"
            raise wrong(entry, said, "write one of these")

    return look


def _limit(entry: Entry) -> None:
    for method in entry.words:
        if method == "TRACE" and entry.name == "limit":
            raise wrong(entry, "TRACE cannot be limited", "write TraceEnable off in the server's configuration")
        # A method that Apache does not know is made known by the server's configuration, but not by a .htaccess.
        if method not in METHODS and is_htaccess(entry.line.file):
            raise wrong(entry, f"there is no method {quoted(method)}", "write GET, POST, PUT, … in capitals")


WORDS: dict[str, Callable[[Entry], None]] = {
    "order": _order, "allow": _from, "deny": _from, "satisfy": _one_of("all", "any"),
    "authmerging": _one_of("Off", "And", "Or"), "<limit": _limit, "<limitexcept": _limit,
}  # fmt: skip
