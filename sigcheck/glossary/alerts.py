"""TLS alerts by name and by number, and how each program says that the OTHER side sent one."""

from sigcheck.glossary.entry import Entry

_SENDER = (
    "An alert is named by the side that receives it. In the receiver's log, the client sent it: it refused what the "
    "server presented. In a client's output, the server sent it."
)
_TRUST = "Sigfox publishes that the certificate must lead to a CA, and no list of the CAs that it trusts."


def numbered(*numbers: int) -> tuple[str, ...]:
    """Give the names by which alerts of these numbers are looked up."""
    return tuple(f"{said} {number}" for number in numbers for said in ("alert", "alert number", "ssl alert number"))


ALERTS = (
    Entry(
        section="log", title="alert unknown_ca (48)", words=numbered(48),
        phrases=("unknown_ca", "unknown ca", "unknown certificate authority"),
        summary="The other side does not know the CA of the certificate that it was shown. In the receiver's log: the "
        "client found no path from the server's certificate to a root that it trusts.",
        more=f"{_SENDER} Serve the whole chain (`fullchain.pem`), with a certificate of a public CA.",
        rules=("tls-chain-incomplete", "tls-untrusted-root", "tls-self-signed"), sure=_TRUST,
    ),
    Entry(
        section="log", title="alert certificate_unknown (46)", words=numbered(46),
        phrases=("certificate_unknown", "alert certificate unknown", "tls: unknown certificate"),
        summary="The other side did not accept the certificate, and gives no closer reason. In the receiver's log: the "
        "client refused the server's certificate. Java sends this alert for most of its reasons.",
        more=_SENDER, rules=("tls",), pages=("tls-clients",), sure=_TRUST,
    ),
    Entry(
        section="log", title="alert bad_certificate (42)", words=numbered(42),
        phrases=("bad_certificate", "alert bad certificate", "tls: bad certificate"),
        summary="The other side cannot use the certificate: it is damaged, its signature is wrong, or it is of "
        "a kind that the client refuses.",
        more=_SENDER, rules=("tls",), pages=("tls-clients",), sure=_TRUST,
    ),
    Entry(
        section="log", title="alert certificate_expired (45)", words=numbered(45),
        phrases=("alert: certificate_expired", "alert certificate expired", "tls: expired certificate"),
        summary="The other side calls the certificate expired. In the receiver's log: the client refused the "
        "certificate of the server.",
        more=f"{_SENDER} The clock of the side that sent the alert may be wrong as well.",
        rules=("tls-expired", "tls-expires-soon"),
    ),
    Entry(
        section="log", title="alert unsupported_certificate (43), certificate_revoked (44)", words=numbered(43, 44),
        phrases=("unsupported_certificate", "alert unsupported certificate", "certificate_revoked",
                 "alert certificate revoked"),
        summary="The other side does not accept this kind of certificate (43), or the CA has revoked it (44).",
        more=_SENDER, rules=("tls-chain-invalid", "tls-jdk-refuses"), sure="Sigfox does not publish whether the Cloud "
        "asks for revocations.",
    ),
    Entry(
        section="log", title="alert certificate_required (116)", words=numbered(116),
        phrases=("certificate_required", "alert certificate required", "no required ssl certificate was sent"),
        summary="The server asks for a client certificate, and the client has none.",
        more="Do not ask for one on the callback's path: the published definition of a callback has no setting "
        "for it.",
        rules=("tls-client-certificate",), sure="Sigfox publishes nothing about client certificates.",
    ),
    Entry(
        section="log", title="alert internal_error (80)", words=numbered(80),
        phrases=("alert internal error", "alert: internal_error", "tls: internal error"),
        summary="The side that sent the alert failed for a reason of its own. Servers send it, for example, where they "
        "have no certificate for the host name.",
        more=_SENDER, rules=("tls-handshake-failed", "tls-needs-sni"),
    ),
    Entry(
        section="log", title="alert insufficient_security (71), inappropriate_fallback (86)", words=numbered(71, 86),
        phrases=("insufficient_security", "alert insufficient security", "inappropriate_fallback",
                 "alert inappropriate fallback"),
        summary="The other side demands a newer TLS version or stronger cipher suites than were offered.",
        more=_SENDER, rules=("tls-protocol-old", "tls-handshake-failed"),
        sure="Sigfox does not publish which TLS versions and ciphers the Cloud uses.",
    ),
    Entry(
        section="log", title="alert no_application_protocol (120)", words=numbered(120),
        phrases=("no_application_protocol", "alert no application protocol"),
        summary="The server accepts none of the protocols (ALPN) that the client offers, such as HTTP/1.1.",
        rules=("tls-handshake-failed",), sure="Sigfox does not publish whether the Cloud uses ALPN.",
    ),
    Entry(
        section="log", title="another alert (10, 20, 22, 47, 49, 50, 51, 109)",
        words=("unexpected_message", "bad_record_mac", "record_overflow", "illegal_parameter", "access_denied",
               "decode_error", "decrypt_error", "missing_extension", *numbered(10, 20, 22, 47, 49, 50, 51, 109)),
        phrases=("alert unexpected message", "alert bad record mac", "alert record overflow",
                 "alert illegal parameter", "alert access denied", "alert decode error", "alert decrypt error",
                 "alert missing extension"),
        summary="The side that sent the alert did not accept a message of the handshake. A private key that does not "
        "belong to the certificate, or a box between the two, may be the cause.",
        more=_SENDER, rules=("tls-handshake-failed",),
    ),
    Entry(
        section="log", title="alert close_notify (0), user_canceled (90)",
        words=("close_notify", "user_canceled", *numbered(0, 90)),
        phrases=("alert close notify", "alert user canceled"),
        summary="The other side ended the connection in the regular way. It is an error only where it came before the "
        "handshake or the answer was complete.",
        more=_SENDER, rules=("tls-handshake-failed", "response-malformed"),
    ),
)  # fmt: skip
"""Alerts with an entry of their own. handshake_failure (40), protocol_version (70) and unrecognized_name (112) are
errors of clients, too, and have theirs there."""
