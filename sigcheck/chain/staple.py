"""What a stapled OCSP response says of the leaf."""

import warnings
from datetime import datetime
from typing import Literal

from sigcheck.chain.certificate import Cert

StapleState = Literal["good", "revoked", "unknown", "unreadable", "other certificate", "outdated"]


def staple_state(staple: bytes, leaf: Cert, at: datetime) -> tuple[StapleState, str]:
    """Read a stapled response: its state, and what "the staple" does, in words. Raises nothing.

    The responder's signature is not verified: a server has nothing to gain from a false "revoked".
    """
    from cryptography.x509 import ocsp

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            response = ocsp.load_der_ocsp_response(staple)
            if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                answered = response.response_status.name.lower().replace("_", " ")
                return "unreadable", f"holds no answer: the responder said {answered}"
            if response.serial_number != leaf.serial:
                return (
                    "other certificate",
                    f"is about another certificate, with the serial number {response.serial_number:x}",
                )
            status = response.certificate_status
            revoked_at = response.revocation_time_utc
            until = response.next_update_utc
    except (ValueError, TypeError, OverflowError, NotImplementedError):
        # The server chose these bytes: cryptography reads them lazily, and raises one of these
        # four for a shape, a date or an algorithm that it cannot hold.
        return "unreadable", "cannot be read"
    if status is ocsp.OCSPCertStatus.REVOKED:
        since = f" since {revoked_at:%Y-%m-%d}" if revoked_at else ""
        return "revoked", f"says that the certificate is revoked{since}"
    if until is not None and until < at:
        return "outdated", f"was good only until {until:%Y-%m-%d %H:%M} UTC"
    if status is ocsp.OCSPCertStatus.GOOD:
        return "good", "says that the certificate is good"
    return "unknown", "says that the responder does not know the certificate"
