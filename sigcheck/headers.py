"""Which headers a callback may not be given: the portal forbids every standard one but Authorization."""

RULE = "the portal forbids every standard header but Authorization (Sigfox's page Callback medium)"
SET_BY_THE_CLOUD = frozenset(
    """
    accept-charset accept-encoding accept-language connection content-length content-type host transfer-encoding
    user-agent
    """.split()  # noqa: SIM905 - a table to read
)
"""What is on the wire in the record of a failed callback, and what frames a request."""

STANDARD = SET_BY_THE_CLOUD | frozenset(
    """
    a-im accept accept-additions accept-ch accept-datetime accept-features accept-patch accept-post accept-ranges
    access-control-allow-credentials access-control-allow-headers access-control-allow-methods
    access-control-allow-origin access-control-expose-headers access-control-max-age access-control-request-headers
    access-control-request-method age allow alpn alt-svc alt-used alternates apply-to-redirect-ref
    authentication-control authentication-info cache-control cache-status cdn-cache-control cdn-loop clear-site-data
    close content-digest content-disposition content-encoding content-language content-location content-md5
    content-range content-security-policy cookie cookie2 cross-origin-embedder-policy cross-origin-opener-policy
    cross-origin-resource-policy dasl date dav deprecation delta-base depth destination digest dnt dpop early-data
    etag expect expires forwarded from hobareg http2-settings idempotency-key if if-match if-modified-since
    if-none-match if-range if-unmodified-since im keep-alive label last-modified link location lock-token
    max-forwards memento-datetime meter mime-version negotiate nel ordering-type origin overwrite position pragma
    prefer preference-applied priority proxy-authenticate proxy-authentication-info proxy-authorization
    proxy-connection proxy-status public-key-pins range redirect-ref referer referrer-policy refresh replay-nonce
    repr-digest retry-after save-data schedule-reply schedule-tag sec-fetch-dest sec-fetch-mode sec-fetch-site
    sec-fetch-user sec-gpc sec-token-binding sec-websocket-accept sec-websocket-extensions sec-websocket-key
    sec-websocket-protocol sec-websocket-version server server-timing set-cookie set-cookie2 signature
    signature-input slug soapaction status-uri strict-transport-security sunset tcn te timeout topic traceparent
    tracestate trailer ttl upgrade upgrade-insecure-requests urgency vary variant-vary via want-content-digest
    want-digest want-repr-digest warning www-authenticate x-content-type-options x-frame-options
    """.split()  # noqa: SIM905 - a table to read
)
"""Field names of the registry of IANA (RFC 9110, 16.3.1), request and response fields alike."""


def refusal(name: str) -> str | None:
    """Say why a callback cannot have a header of that name; None where it can."""
    lower = name.lower()
    if lower == "x-sigcheck-run":
        return "sigcheck sends it itself, so that its messages can be found"
    if lower == "content-type":
        return f"give --content-type; {RULE}"
    if lower in SET_BY_THE_CLOUD:
        return f"the Cloud sets it itself, and {RULE}"
    return RULE if lower in STANDARD else None
