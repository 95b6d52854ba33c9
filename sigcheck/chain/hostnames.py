"""Whether a certificate is for a name, as OpenSSL and the JDK each decide it."""

import ipaddress
import re
from functools import lru_cache

from sigcheck.chain.certificate import Cert
from sigcheck.chain.extensions import GeneralName
from sigcheck.chain.names import common_names
from sigcheck.redaction.hide import hide

LDH = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")


def host_form(host: str) -> str:
    """Give the host as a client asks for it: lower case, A-labels, no brackets, no trailing dot."""
    text = host.strip().strip("[]").rstrip(".")
    if not text.isascii():
        try:
            text = text.encode("idna").decode("ascii")
        except UnicodeError:
            return text.lower()
    return text.lower()


@lru_cache(maxsize=1024)
def address(host: str) -> bytes | None:
    """Give the bytes of an IP address literal, None for a name."""
    try:
        return ipaddress.ip_address(host).packed
    except ValueError:
        return None


def openssl_takes(cert: Cert, host: str) -> bool:
    """Say whether OpenSSL (without partial wildcards, as curl and Python ask of it) finds `host` in the certificate.

    The common name counts only where there is no DNS name among the alternative names (X509_check_host).
    """
    wanted = address(host)
    if wanted is not None:
        return any(name.kind == "ip" and name.raw == wanted for name in cert.names or ())
    named = [name.text for name in cert.names or () if name.kind == "dns"]
    return any(_openssl_matches(pattern.lower(), host) for pattern in named or common_names(cert.subject))


def _openssl_matches(pattern: str, host: str) -> bool:
    if "\\" in pattern or "\0" in pattern:
        return False
    first, _, rest = pattern.partition(".")
    if first != "*":
        return pattern == host
    # A star needs two dots after it (`*.com` matches nothing), and stands for letters, digits and hyphens only.
    label, _, remainder = host.partition(".")
    return "." in rest and "*" not in rest and rest == remainder and set(label) <= LDH and bool(label)


def jdk_refuses_host(host: str) -> bool:
    """Say whether the JDK has no use for the host name itself (SNIHostName: letters, digits, hyphens)."""
    return address(host) is None and not all(LABEL.match(label) for label in host.split("."))


def jdk_takes(cert: Cert, host: str, *, public: bool = False) -> bool:
    """Say whether the HostnameChecker of a JDK 17 finds `host` in the certificate.

    Below the roots it ships with (`public`) a star may not stand for a whole public suffix, as in `*.com`.
    Like OpenSSL it looks at the most specific common name only where no alternative name is a DNS name.
    """
    wanted = address(host)
    if wanted is not None:
        return any(name.kind == "ip" and name.raw == wanted for name in cert.names or ())
    if jdk_refuses_host(host):
        return False
    named = [name.text for name in cert.names or () if name.kind == "dns"]
    patterns = named or common_names(cert.subject)[-1:]
    return any(
        _jdk_matches(pattern.lower(), host)
        for pattern in patterns
        if not (public and pattern.count(".") == 1 and "*" in pattern)
    )


def _jdk_matches(pattern: str, host: str) -> bool:
    # It reads alternative names as ASCII, and a star within an A-label is no longer one.
    if not pattern.isascii() or pattern.endswith(".") or ("*" in pattern and "xn--" in pattern.partition(".")[0]):
        return False
    if jdk_refuses_host(pattern.replace("*", "z")):
        return False
    if "*" in pattern and "." not in pattern[pattern.rindex("*") :]:
        return False
    # A JDK 17 lets stars stand anywhere in any label; newer ones in the first label only.
    stars, labels = pattern.split("."), host.split(".")
    return len(stars) == len(labels) and all(_stars(star, label) for star, label in zip(stars, labels, strict=True))


def _stars(pattern: str, label: str) -> bool:
    """Match each part between stars at its first place, as the JDK does: linear, whatever the pattern."""
    head, *parts = pattern.split("*")
    if not parts:
        return pattern == label
    if not label.startswith(head):
        return False
    label = label[len(head) :]
    for part in parts[:-1]:
        at = label.find(part)
        if at < 0:
            return False
        label = label[at + len(part) :]
    return label.endswith(parts[-1])


def odd_wildcard(cert: Cert, host: str) -> str | None:
    """Give the name that covers `host` only by a star where no public CA puts one, if there is such a name."""
    for name in cert.names or ():
        if name.kind == "dns" and "*" in name.text and address(host) is None and _jdk_matches(name.text.lower(), host):
            return hide(name.text)
    return None


def names_in_words(cert: Cert, most: int = 4) -> str:
    """List the names that the certificate is for: `it is for example.com, *.example.com and 3 more`."""
    names = [_written(name) for name in cert.names or () if name.kind in ("dns", "ip")]
    if not names:
        common = common_names(cert.subject)
        return f"it has no alternative names, only the common name {hide(common[-1])}" if common else "it holds no name"
    rest = len(names) - most
    return "it is for " + ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _written(name: GeneralName) -> str:
    """Give a name as it is written, with what cannot be seen of it where that decides."""
    text = hide(name.text)
    if name.kind == "dns" and address(name.text) is not None:
        return f"{text} (written as a DNS name, which no client accepts as an address)"
    return f"{text} (with a dot at its end)" if name.text.endswith(".") else text
