"""The contexts of OpenSSL clients: how a default one is set, and what takes any server in to look at it.

A default client does TLS 1.2 or newer, the cipher list DEFAULT at security level 2 (that of Debian's OpenSSL 3.0 and
curl, and of every OpenSSL from 3.2 on), no strict flag, the given roots and nothing else, no environment. Python's own
cipher list is shorter and is never used.
"""

import asyncio
import ssl
from functools import cache
from pathlib import Path
from threading import Lock

from sigcheck.errors import UsageProblem
from sigcheck.probes.openssl_failure import watch

DEFAULT_CIPHERS = "DEFAULT:@SECLEVEL=2"
# All that this OpenSSL can do, to be let in by servers that a default client would refuse.
WIDE_CIPHERS = "ALL:COMPLEMENTOFDEFAULT:@SECLEVEL=0"

MOST_CONTEXTS = 8
"""Contexts that are kept: each holds a set of roots, some megabytes where it is a public one."""

_verifying: dict[tuple[str, bool], ssl.SSLContext] = {}
_making = Lock()


def verifying_context(trust_pem: str, *, named: bool = True) -> ssl.SSLContext:
    """Make the context of a default OpenSSL client. `trust_pem` is a path, or PEM itself.

    Where it is not `named`, it can shake hands without SNI, and the name is left to be verified. Loading a public root
    set takes about 20 ms: make one and keep it.
    Raises UsageProblem where no root can be read from it.
    """
    context = _default_context()
    context.check_hostname = named
    try:
        if "-----BEGIN" in trust_pem:
            context.load_verify_locations(cadata=trust_pem)
        else:
            context.load_verify_locations(cafile=Path(trust_pem))
    except (OSError, ValueError) as error:
        name = "the given PEM text" if "-----BEGIN" in trust_pem else trust_pem
        raise UsageProblem(f"no roots can be read from {name}", "give a PEM file with at least one CA") from error
    return context


async def shared_verifying_context(trust_pem: str, *, named: bool = True) -> ssl.SSLContext:
    """Give the context that `verifying_context` makes, made once for all runs of this process, on a thread."""

    def make() -> ssl.SSLContext:
        with _making:
            if key not in _verifying:
                while len(_verifying) >= MOST_CONTEXTS:
                    del _verifying[next(iter(_verifying))]
                _verifying[key] = verifying_context(trust_pem, named=named)
            return _verifying[key]

    key = (trust_pem, named)
    made = _verifying.get(key)
    return made if made is not None else await asyncio.to_thread(make)


def trusting_context() -> ssl.SSLContext:
    """Make the context of a default OpenSSL client that takes any certificate: all else must be right."""
    context = _default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def accepting_context() -> ssl.SSLContext:
    """Make a context that takes any certificate and any protocol: it shows, it does not judge."""
    context = _bare_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers(WIDE_CIPHERS)
    # OP_LEGACY_SERVER_CONNECT, named only from Python 3.12 on: servers without secure renegotiation.
    context.options |= 0x4
    return context


@cache
def shared_context(*, accepting: bool, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    """Give a context of one of these two kinds, made once for this process: it remembers nothing of a server."""
    context = accepting_context() if accepting else trusting_context()
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def _default_context() -> ssl.SSLContext:
    context = _bare_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(DEFAULT_CIPHERS)
    return context


def _bare_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Newer Pythons add the strict flag or others by default; a default OpenSSL client sets only this one.
    context.verify_flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST
    watch(context)
    return context
