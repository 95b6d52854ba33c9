"""The callback URL, parsed once: what is wrong with it is said here, in one line, without its secrets."""

import re
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import DEFAULT_PORTS
from sigcheck.model.evidence import Target
from sigcheck.redaction.hide import hide
from sigcheck.redaction.redact import redact_url
from sigcheck.redaction.secrets_of import escape_variables

LONGEST_URL = 16 * 1024
"""Characters of a callback URL: servers take 8 KB to 64 KB of a request line, and most refuse more than 8 KB."""

# A scheme whose slashes went missing, or slashes whose scheme did; "https:8443" is a host of that name.
_HALF_A_SCHEME = re.compile(r"^(?:https?:(?![0-9]))?/*", re.IGNORECASE)
# urlsplit takes the address out of the brackets, and passes over whatever else stands around them.
_BRACKETED = re.compile(r"\[[0-9A-Fa-f.]*:[^\[\]]*\](?::.*)?")

_UNSENDABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_END_OF_PLACE = re.compile(r"[/?#]")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")

_LIKE_A_HOST = re.compile(r"(?:\*{3}@)?(?:localhost|[A-Za-z0-9.-]+\.[A-Za-z]{2,})(?::[0-9]+)?(?:[/?].*)?\Z", re.DOTALL)
_OTHERS = frozenset(("", "ftp", "ftps", "sftp", "file", "ws", "wss", "mqtt", "mqtts", "coap", "coaps", "tcp", "udp"))
"""Schemes that people write; what else stands before :// may be a secret."""

FILLED = "put a sample value in its place; it fills {device}, {time}, {seqNumber} and {data}"


def parse_target(url: str) -> Target:
    """Parse a callback URL pattern; raises UsageProblem that names the fault and the fix.

    Placeholders may stand in the path and the query, never in the host. A host name in another script is
    converted to its A-label; a login in the URL stays in `url` and becomes Basic authentication.
    """
    if len(url) > LONGEST_URL:
        raise UsageProblem(f"the URL has {len(url)} characters", f"give one of at most {LONGEST_URL}")
    given, url = url, escape_variables(url)
    bad = _UNSENDABLE.search(url)
    if bad:
        what = "a space" if bad.group() == " " else f"the control character U+{ord(bad.group()):04X}"
        raise UsageProblem(
            f"URL {_shown(given)!r} has {what} at position {bad.start() + 1}", "percent-encode it or take it out"
        )
    if _SURROGATE.search(url):
        raise UsageProblem(f"URL {_shown(given)!r} is not UTF-8", "percent-encode it")
    scheme, separator, _ = url.partition("://")
    if not separator:
        # Without a scheme it may be anything that a shell or a hand put in the URL's place.
        rest = _HALF_A_SCHEME.sub("", _shown(given))
        raise UsageProblem(
            "the URL has no scheme", f"write https://{rest if _LIKE_A_HOST.match(rest) else 'host/path'}"
        )
    if scheme.lower() not in DEFAULT_PORTS:
        has = f"has the scheme {scheme!r}" if scheme in _OTHERS else "has an unknown scheme"
        raise UsageProblem(f"the URL {has}", "the Sigfox Cloud calls https:// (or http://) URLs")
    # Before anything parses it: one Python takes for a host what another refuses.
    inside = _END_OF_PLACE.split(url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
    if "[" in inside and "]" in inside and not _BRACKETED.fullmatch(inside):
        raise UsageProblem(
            f"URL {_shown(given)!r} has a host that is not an IPv6 address in brackets",
            "write https://[2001:db8::1]:443/",
        )
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        # The text of the error may quote all that stands in front of the path, a login too.
        why = redact_url(hide(str(error)))
        raise UsageProblem(
            f"URL {_shown(given)!r} cannot be parsed ({why})", "write https://host[:port]/path"
        ) from None
    try:
        port = parts.port
    except ValueError:
        port = -1
    if port is not None and not 0 < port < 65536:
        raise UsageProblem(f"URL {_shown(given)!r} has a bad port", "give a port from 1 to 65535")
    if not host:
        raise UsageProblem(f"URL {_shown(given)!r} has no host", "write https://host[:port]/path")
    if "#" in url:
        raise UsageProblem(
            f"URL {_shown(given)!r} has a fragment, which is never sent", "take it out, or write # as %23"
        )
    if "{" in parts.netloc or "}" in parts.netloc:
        raise UsageProblem(
            f"URL {_shown(given)!r} has a placeholder in its host", "placeholders go in the path or the query"
        )
    known: Literal["http", "https"] = "http" if scheme.lower() == "http" else "https"
    return Target(url=url, scheme=known, host=_ascii_host(host, given), port=port or DEFAULT_PORTS[known])


def _shown(url: str) -> str:
    """Give a URL as a message may quote it."""
    return redact_url(hide(url))


def _ascii_host(host: str, given: str) -> str:
    """Give the host of a URL as it is looked up; raises UsageProblem."""
    # An address has a colon in it, or ends with a digit: most hosts are names, and need not be tried as addresses.
    if ":" in host or host[-1:].isdigit():
        try:
            return str(ip_address(host))
        except ValueError:
            pass
    name = host
    if not host.isascii():
        import idna

        try:
            name = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise UsageProblem(
                f"URL {_shown(given)!r} has a host that is not a domain name ({error})", "check its spelling"
            ) from None
    labels = name.removesuffix(".").split(".")
    # An underscore is no host name character, but names with one resolve and are in use: the TLS rules judge it.
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UsageProblem(f"URL {_shown(given)!r} has a host that is not a domain name", "check its spelling")
    if labels[-1].isdigit():
        raise UsageProblem(
            f"URL {_shown(given)!r} has a host that is not an IPv4 address", "write four numbers from 0 to 255"
        )
    return name.lower()
