"""What a stapled OCSP response says of the leaf."""

import warnings
from datetime import datetime
from typing import Literal

from sigcheck.chain.certificate import Cert

StapleState = Literal["good", "revoked", "unknown", "unreadable", "other certificate", "outdated"]


def staple_state(staple: bytes, leaf: Cert, at: datetime) -> tuple[StapleState, str]:
    """Read a stapled response: its state, and that in words. Raises nothing.

    The responder's signature is not verified: a server has nothing to gain from a false "revoked".
    """
    from cryptography.x509 import ocsp

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            response = ocsp.load_der_ocsp_response(staple)
            if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                return "unreadable", f"the responder answered {response.response_status.name.lower()}"
            if response.serial_number != leaf.serial:
                return "other certificate", f"it is about serial number {response.serial_number:x}"
            status = response.certificate_status
            revoked_at = response.revocation_time_utc
            until = response.next_update_utc
    except (ValueError, TypeError, OverflowError, NotImplementedError) as problem:
        return "unreadable", f"it cannot be read ({problem})"
    if status is ocsp.OCSPCertStatus.REVOKED:
        return "revoked", f"revoked on {revoked_at:%Y-%m-%d}" if revoked_at else "revoked"
    if until is not None and until < at:
        return "outdated", f"it was good until {until:%Y-%m-%d %H:%M} UTC"
    return ("good", "good") if status is ocsp.OCSPCertStatus.GOOD else ("unknown", "the responder does not know it")
