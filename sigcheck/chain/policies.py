"""Certificate policies of RFC 5280 6.1: the JDK processes them in every path, OpenSSL when it is told to."""

from collections.abc import Sequence

from sigcheck.chain.certificate import Cert
from sigcheck.chain.extensions import ANY_POLICY_ID


def policy_missing(links: Sequence[Cert]) -> Cert | None:
    """Give the certificate at which no policy is left and one is required, None where all is well.

    `links` runs from the leaf upwards, without the anchor. No policy is asked for at the outset, as in a client.
    """
    count = len(links)
    explicit = mapping = inhibited = count + 1
    valid = frozenset({ANY_POLICY_ID})
    for place, cert in enumerate(reversed(links), 1):
        last = place == count
        valid = _narrowed(valid, cert, anything=inhibited > 0 or (not last and cert.self_issued))
        if explicit <= 0 and not valid:
            return cert
        if not last:
            valid = _mapped(valid, cert, allowed=mapping > 0)
        if last or not cert.self_issued:
            explicit, mapping, inhibited = explicit - 1, mapping - 1, inhibited - 1
        require, unmapped = cert.policy_constraints or (None, None)
        if require is not None and (not last or require == 0):
            explicit = min(explicit, require)
        if unmapped is not None:
            mapping = min(mapping, unmapped)
        if cert.any_policy_inhibited is not None:
            inhibited = min(inhibited, cert.any_policy_inhibited)
    return links[0] if explicit <= 0 and not valid else None


def _narrowed(valid: frozenset[str], cert: Cert, *, anything: bool) -> frozenset[str]:
    stated = cert.policies or frozenset()
    kept = stated if ANY_POLICY_ID in valid else stated & valid
    return kept - {ANY_POLICY_ID} | (valid if anything and ANY_POLICY_ID in stated else frozenset())


def _mapped(valid: frozenset[str], cert: Cert, *, allowed: bool) -> frozenset[str]:
    pairs = cert.policy_mappings or ()
    known = valid if ANY_POLICY_ID not in valid else valid | {issuer for issuer, _ in pairs}
    new = {subject for issuer, subject in pairs if allowed and issuer in known}
    return valid - {issuer for issuer, _ in pairs} | new
