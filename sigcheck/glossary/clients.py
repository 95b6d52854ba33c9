"""What the portal says beside 600, and what clients (Java, OpenSSL, curl, Python) say where a connection fails."""

from sigcheck.glossary.alerts import numbered
from sigcheck.glossary.entry import Entry

_TEXT = "The text was seen in published records of the portal. Sigfox does not publish a list of its texts."
_JAVA = "That the Cloud's client is Java is inferred. Sigfox does not publish it."
_TRUST = "Sigfox publishes that the certificate must lead to a CA, and no list of the CAs that it trusts."

PORTAL = (
    Entry(
        section="portal", title="Unresolved network address", phrases=("unresolved network address",),
        summary="Often the name does not resolve. The text is not reliable: an expired certificate was reported under "
        "it as well (third party, 2018).",
        rules=("reach-unresolved", "tls"), pages=("troubleshooting",),
        sure=f"{_TEXT} The case of the expired certificate is a third party's, of 2018.",
    ),
    Entry(
        section="portal", title="Connection refused",
        phrases=("connection refused", "econnrefused", "actively refused"),
        summary="Nobody listens on the port, or a firewall rejects the connection.",
        rules=("reach-refused", "reach-allowlist"), pages=("allowlist",), sure=_TEXT,
    ),
    Entry(
        section="portal", title="Could not send email to …", words=("email", "e-mail"),
        phrases=("could not send email",),
        summary="It is an EMAIL callback, and not a receiver that sigcheck could verify. More than 100 mails a day "
        "show 600 too (operator).",
        sure="The limit of 100 mails is an operator's statement (KCCS).",
    ),
    Entry(
        section="portal", title="JSON body could not be evaluated", words=("body template",),
        phrases=("json body could not be evaluated", "body could not be evaluated"),
        summary="The Cloud could not fill in the callback's body template for this message. The template in the portal "
        "is at fault, and not the receiver.",
        more="The portal checks a JSON template when it is saved, so a value of the message is the likely cause. "
        "Look at quotes: `{duplicates}` and `{computedLocation}` are inserted as raw JSON and must have none.",
        pages=("usage",),
        sure="The text is from an older official page and the definition of the API. Sigfox does not publish its "
        "reasons.",
    ),
    Entry(
        section="portal", title="any other text, or none", words=("other text",),
        summary="The text is that of the Cloud's client, and may mislead.",
        rules=("tls", "reach-no-answer", "response-malformed", "deadline-exceeded"), sure=_TEXT,
    ),
)  # fmt: skip
"""Texts beside 600."""

CLIENTS = (
    Entry(
        section="client", title="certificate has expired", words=("expired", "expired certificate"),
        phrases=("certificate has expired", "certexpired", "notafter", "certificate expired", "err_cert_date_invalid"),
        summary="A certificate of the chain has expired: the server's own, an intermediate or a root.",
        more="Renew it and reload the server. If certbot renewed it already, the server still presents the old file: "
        "let a deploy hook of certbot reload it.",
        rules=("tls-expired", "tls-expires-soon"),
    ),
    Entry(
        section="client", title="certificate is not yet valid", phrases=("not yet valid", "notbefore"),
        summary="The certificate begins to be valid later than the clock of the client says.",
        rules=("tls-not-yet-valid",),
    ),
    Entry(
        section="client", title="self-signed certificate", words=("self-signed", "self signed"),
        phrases=("self-signed certificate", "self signed certificate", "depth_zero_self_signed_cert",
                 "err_cert_authority_invalid"),
        summary="The server presents a certificate that it signed itself, or a root that no client knows.",
        more="The Cloud does not deliver to it. Get a certificate from a public CA, such as Let's Encrypt.",
        rules=("tls-self-signed", "tls-untrusted-root"),
        sure="Sigfox publishes that a self-signed certificate is not trusted (official).",
    ),
    Entry(
        section="client", title="unable to get local issuer certificate",
        words=("missing intermediate", "incomplete chain", "fullchain", "intermediate"),
        phrases=("unable to get local issuer certificate", "unable to get issuer certificate",
                 "unable to verify the first certificate", "unable_to_verify_leaf_signature"),
        summary="OpenSSL and curl say this where the server does not send an intermediate certificate, or where its "
        "root is not trusted.",
        more="Serve the whole chain: the server's certificate first, then the intermediates (`fullchain.pem` of "
        "certbot, not `cert.pem`). A browser may still accept the server, because it fetches or remembers "
        "intermediates.",
        rules=("tls-chain-incomplete", "tls-untrusted-root"), sure=_TRUST,
    ),
    Entry(
        section="client", title="x509: certificate signed by unknown authority", words=("unknown authority",),
        phrases=("certificate signed by unknown authority", "x509: certificate signed by"),
        summary="Go says this where the chain leads to no root that it trusts: an intermediate is missing, or the CA "
        "is not a public one.",
        more="Serve the whole chain (`fullchain.pem`).",
        rules=("tls-chain-incomplete", "tls-untrusted-root", "tls-self-signed"), sure=_TRUST,
    ),
    Entry(
        section="client", title="PKIX path building failed", words=("PKIX", "SunCertPathBuilderException"),
        phrases=("pkix path building failed", "unable to find valid certification path",
                 "suncertpathbuilderexception", "pkix path validation failed"),
        summary="Java says this where the chain leads to no root that it trusts: an intermediate is missing, or the "
        "CA is not a public one.",
        more="By default, a Java client does not fetch a missing intermediate. Serve the whole chain "
        "(`fullchain.pem`). Java says \"path validation failed\" where it found a chain and refuses a certificate of "
        "it.",
        rules=("tls-chain-incomplete", "tls-untrusted-root", "tls-self-signed", "tls-jdk-refuses"),
        sure=f"{_JAVA} {_TRUST}",
    ),
    Entry(
        section="client", title="hostname mismatch", words=("name mismatch", "wrong name"),
        phrases=("hostname mismatch", "no alternative certificate subject name matches",
                 "no subject alternative dns name matching", "no subject alternative names", "no name matching",
                 "certificate is not valid for",
                 "does not match target host name", "err_cert_common_name_invalid", "err_tls_cert_altname_invalid",
                 "doesn't match"),
        summary="The certificate does not name the host of the callback's URL.",
        more="If the server serves several names, it may present another name's certificate to a client that does not "
        "send the name (SNI).",
        rules=("tls-name-mismatch", "tls-needs-sni"),
        sure="Sigfox does not publish whether the Cloud compares the names.",
    ),
    Entry(
        section="client", title="CERTIFICATE_VERIFY_FAILED", words=("certificate verify failed",),
        phrases=("certificate_verify_failed", "certificate verify failed", "ssl certificate problem"),
        summary="Python, OpenSSL and curl say this for any certificate that they do not accept. The words after it "
        "name the reason.",
        rules=("tls",), pages=("tls-clients",), sure=_TRUST,
    ),
    Entry(
        section="client", title="handshake_failure",
        words=("handshake", "handshake failed", "TLS handshake", *numbered(40)),
        phrases=("handshake_failure", "handshake failure", "sslhandshakeexception", "handshake_failed",
                 "remote host terminated the handshake", "remote host closed connection during handshake",
                 "no cipher suites in common", "no shared cipher", "no_shared_cipher", "ssl_error_syscall"),
        summary="Server and client found no TLS version, cipher suite or signature that both accept, or the server "
        "asks for a client certificate.",
        more="After a renewal, look whether the private key belongs to the new certificate.",
        rules=("tls-handshake-failed", "tls-protocol-old", "tls-client-certificate"),
        sure="Sigfox does not publish which TLS versions and ciphers the Cloud uses.",
    ),
    Entry(
        section="client", title="wrong version number", words=("plain HTTP",),
        phrases=("wrong_version_number", "wrong version number", "unrecognized ssl message",
                 "plaintext connection", "first record does not look like a tls handshake",
                 "server gave http response to https client", "http_request", "routines::http request",
                 "plain http request was sent to https port", "packet_length_too_long", "packet length too long"),
        summary="One side does not speak TLS on this port. Most often the server speaks plain HTTP there, and the URL "
        "says https; it may be the other way round as well.",
        more="Give the callback's URL the port that speaks TLS, or let the server speak TLS on this one. A server that "
        "supports only very old TLS versions is the rarer cause.",
        rules=("tls-handshake-failed", "tls-plain-http", "tls-protocol-old"),
    ),
    Entry(
        section="client", title="protocol_version", words=("unsupported protocol", "TLS 1.0", "TLS 1.1", *numbered(70)),
        phrases=("protocol_version", "unsupported protocol", "unsupported_protocol", "protocol version",
                 "server selected protocol version"),
        summary="Server and client have no TLS version in common: most often the server is too old.",
        rules=("tls-protocol-old", "tls-handshake-failed"),
        sure="Sigfox does not publish which TLS versions the Cloud uses.",
    ),
    Entry(
        section="client", title="unrecognized_name", words=numbered(112),
        phrases=("unrecognized_name", "unrecognized name"),
        summary="The server does not serve the host name that the client sent in the handshake (SNI), or got none.",
        rules=("tls-name-mismatch", "tls-needs-sni", "tls-handshake-failed"),
    ),
    Entry(
        section="client", title="Connection reset",
        phrases=("connection reset", "econnreset", "empty reply from server", "server disconnected",
                 "remote end closed connection", "broken pipe", "connection closed", "unexpected eof",
                 "unexpected end of file", "failed to respond"),
        summary="The connection was closed before there was an answer: by the application, a proxy or a firewall.",
        rules=("response-malformed", "reach-allowlist", "tls-handshake-failed", "response-not-2xx"),
    ),
    Entry(
        section="client", title="No route to host",
        phrases=("no route to host", "network is unreachable", "host is unreachable", "ehostunreach", "enetunreach"),
        summary="A router or a firewall says that the address cannot be reached. For an IPv6 address, this machine may "
        "have no route itself.",
        rules=("reach-refused", "reach-no-answer", "reach-no-ipv4"),
    ),
    Entry(
        section="client", title="could not resolve host", words=("DNS", "NXDOMAIN", "resolve"),
        phrases=("could not resolve host", "unknownhostexception", "name or service not known", "nxdomain",
                 "getaddrinfo failed", "enotfound", "temporary failure in name resolution", "nodename nor servname"),
        summary="The name of the URL has no address in the public DNS, or only IPv6 addresses.",
        rules=("reach-unresolved", "reach-no-ipv4"),
        sure="The published range of the Cloud's senders is IPv4. Sigfox publishes nothing about its resolver.",
    ),
    Entry(
        section="client", title="Read timed out",
        phrases=("read timed out",),
        summary="The connection was made, and then nothing was received for too long: Java says this of a server that "
        "stays silent. The Cloud waits 10 s for an answer.",
        more="Store the message, answer, and work afterwards. A server that stops in the middle of the TLS handshake "
        "causes the same text.",
        rules=("deadline-exceeded", "deadline-cold-start", "tls-handshake-failed"), pages=("semantics",),
        sure=f"The limit of 10 s is official. {_JAVA}",
    ),
    Entry(
        section="client", title="connect timed out",
        phrases=("connect timed out", "connecttimeoutexception"),
        summary="No connection was made, because nothing answered: Java says this where a firewall drops the packets, "
        "or where no machine has the address.",
        rules=("reach-no-answer", "reach-allowlist", "reach-private-address"), pages=("allowlist",), sure=_JAVA,
    ),
    Entry(
        section="client", title="timeout", words=("timed out", "time-out", "times out", "slow", "too slow"),
        phrases=("timed out", "timeout", "sockettimeoutexception", "etimedout", "time-out", "deadline exceeded"),
        summary="The connection was not accepted, or the answer did not come in time. The Cloud waits 10 s for an "
        "answer.",
        more="If no connection comes about, packets are dropped: look at the firewall. If the connection comes about, "
        "the receiver is too slow: store the message, answer, and work afterwards.",
        rules=("deadline-exceeded", "deadline-cold-start", "reach-no-answer", "reach-allowlist"), pages=("semantics",),
        sure="The limit of 10 s is official. Sigfox does not publish whether the time to connect counts.",
    ),
    Entry(
        section="client", title="HTTP/1.0", words=("http version", "http/1.1", "http/2"),
        phrases=("unsupported http version", "http version not supported"),
        summary="Records of the portal show HTTP/1.0 in the request line. sigcheck sends HTTP/1.1, and one message by "
        "HTTP/1.0.",
        rules=("response-http10", "response-not-2xx"), pages=("semantics",),
        sure="Sigfox does not publish which version is sent; the records are a third party's.",
    ),
)  # fmt: skip
"""Errors of clients, the specific ones before the general ones: the first that fits a text explains it."""
