"""The third opinion: the strict verifier of `cryptography`, and the public rules that no lenient client enforces."""

import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from sigcheck.chain.accusing import REISSUE, STRICT, called
from sigcheck.chain.certificate import Cert
from sigcheck.chain.dated import validity, validity_limit
from sigcheck.chain.hostnames import address
from sigcheck.chain.refusals import in_words
from sigcheck.chain.staple import staple_state
from sigcheck.model.chain import Defect, DefectKind

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from cryptography.x509.verification import Store

MAX_INTERMEDIATES = 12
"""How many candidates the verifier is given: it tries their combinations."""


def strict_refusal(leaf: Cert, pool: Sequence[Cert], anchors: Sequence[Cert], host: str, at: datetime) -> str | None:
    """Ask the strict verifier: None when it accepts, else why it does not, in words. Raises nothing."""
    from cryptography import x509
    from cryptography.x509 import verification

    if not anchors:
        return "no path to a trusted root"
    try:
        with warnings.catch_warnings():
            # Negative or overlong serial numbers are warned of; the verifier says so itself.
            warnings.simplefilter("ignore")
            store = _store(tuple(anchor.der for anchor in anchors))
            presented = [_loaded(cert.der) for cert in pool[:MAX_INTERMEDIATES]]
            packed = address(host)
            subject: x509.DNSName | x509.IPAddress = x509.DNSName(host)
            if packed is not None:
                import ipaddress

                subject = x509.IPAddress(ipaddress.ip_address(packed))
            builder = verification.PolicyBuilder().store(store).time(at.replace(tzinfo=None))
            verifier = builder.build_server_verifier(subject)
            verifier.verify(x509.load_der_x509_certificate(leaf.der), presented)
    except verification.VerificationError as refusal:
        return in_words(str(refusal))
    except (ValueError, TypeError, OverflowError, x509.UnsupportedGeneralNameType, x509.DuplicateExtension) as refusal:
        return in_words(str(refusal))
    except x509.InvalidVersion:
        return in_words("InvalidVersion")
    except Exception:  # noqa: BLE001 - a third opinion may break, the run goes on
        return "the chain is beyond what the verifier can read"
    return None


@lru_cache(maxsize=64)
def _store(anchors: tuple[bytes, ...]) -> "Store":
    """Give the verifier's store of some roots, which many chains end at."""
    from cryptography.x509.verification import Store

    return Store([_loaded(anchor) for anchor in anchors])


@lru_cache(maxsize=256)
def _loaded(der: bytes) -> "Certificate":
    """Give a CA's certificate as the verifier reads it. Raises what that raises."""
    from cryptography.x509 import load_der_x509_certificate

    return load_der_x509_certificate(der)


def public_rules(leaf: Cert, staple: bytes | None, at: datetime, *, public: bool, live: bool) -> Iterator[Defect]:
    """Compare the leaf with the public rule of its issue date, and with its own demand for a staple.

    `live`: the certificates came from a handshake, so that the absence of a staple means something.
    """
    limit = validity_limit(leaf.not_before) if public else None
    lasts = validity(leaf.not_before, leaf.not_after)
    if limit is not None and lasts > timedelta(days=limit):
        message = (
            f"{called(leaf)} is valid for {lasts / timedelta(days=1):.0f} days; the public rule allows {limit} for "
            f"certificates issued on {leaf.not_before:%Y-%m-%d}"
        )
        yield Defect(DefectKind.STRICTNESS, message, STRICT, REISSUE, 0)
    if staple is None:
        if leaf.must_staple and live:
            message = f"{called(leaf)} demands a staple (must-staple), and the server sent none"
            fix = "turn stapling on (nginx: ssl_stapling on;), or have a certificate issued without must-staple"
            yield Defect(DefectKind.STRICTNESS, message, STRICT, fix, 0)
        return
    state, words = staple_state(staple, leaf, at)
    if state == "revoked" or (leaf.must_staple and state != "good"):
        message = f"the staple (OCSP response) {words}"
        if leaf.must_staple and state != "revoked":
            message += f", and {called(leaf)} demands a good one (must-staple)"
        fix = (
            "have a new certificate issued for a new key"
            if state == "revoked"
            else "let the server fetch a new response"
        )
        yield Defect(DefectKind.STRICTNESS, message, STRICT, fix, 0)
