"""What one diagnostic TLS handshake showed, or how it failed. Times are seconds."""

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from sigcheck.model.chain import ChainFacts, TrustSet
from sigcheck.words import Own

Protocol = Literal["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
ClientCertificate = Literal["not asked", "offered", "demanded", "unknown"]


class HandshakePhase(StrEnum):
    """How far a connection came: what was awaited when it ended. `words` says so in a sentence.

    "key exchange" is what proves that the server has the private key of its certificate.
    """

    CONNECT = "connect"
    HELLO = "hello"
    CERTIFICATE = "certificate"
    KEY_EXCHANGE = "key exchange"
    FINISHED = "finished"
    REQUEST = "request"

    @property
    def words(self) -> str:
        """Say when that was, after what was seen: "closed the connection …"."""
        return _WHEN[self]


_WHEN = {
    HandshakePhase.CONNECT: "while connecting",
    HandshakePhase.HELLO: "in answer to the ClientHello",
    HandshakePhase.CERTIFICATE: "after its ServerHello and before its certificate",
    HandshakePhase.KEY_EXCHANGE: "after its certificate and before it had proved its private key",
    HandshakePhase.FINISHED: "after the key exchange and before its Finished message",
    HandshakePhase.REQUEST: "after the handshake",
}


class HandshakeFault(StrEnum):
    """How a handshake failed: each gets its own words in a report.

    The last three come after the first flight: `certificate` where the server certificate holds no key that
    could be used, `signature` where the private key does not match the certificate, `finished` where the
    server's Finished is wrong.
    """

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    STALLED = "stalled"
    DRIPPING = "dripping"
    RESET = "reset"
    CLOSED = "closed"
    PLAIN_HTTP = "plain-http"
    NOT_TLS = "not-tls"
    ALERT = "alert"
    PROTOCOL = "protocol"
    NOT_TRIED = "not-tried"
    CERTIFICATE = "certificate"
    SIGNATURE = "signature"
    FINISHED = "finished"


NOT_CONNECTED = (HandshakeFault.REFUSED, HandshakeFault.UNREACHABLE, HandshakeFault.TIMEOUT)
"""The faults that came before any byte of TLS: whether a connection opens is judged by the reach rules."""


class HandshakeFailure(Struct, frozen=True, tag="failure"):
    """A handshake that failed, most often without a certificate. `detail` may hold text of the server's, printable.

    `alert` is the name of the alert that ended it, as in `handshake_failure`; `phase` is how far it came.
    """

    address: Own
    server_name: str | None
    fault: HandshakeFault
    detail: Own
    seconds: float
    alert: Own | None = None
    phase: HandshakePhase = HandshakePhase.HELLO


class Handshake(Struct, frozen=True, tag="handshake"):
    """A handshake in which the server presented `chain` (DER, in its order, leaf first).

    `server_name` is the SNI that was sent, None for none. `staple` is the OCSP response (DER), if any.
    `message_size` is the length of the Certificate message in bytes. `warnings` names the alerts of
    level warning that came before it. `alpn` is what the server picked of h2 and http/1.1, where offered.

    `openssl_code` is what OpenSSL's own verification said (X509_V_ERR number, 0 accepts). It is None
    where verification was not reached, and `openssl_message` then says why OpenSSL could not shake
    hands; both are None where OpenSSL was not run. `openssl_failure` is how its handshake failed for
    another cause than the trust in the chain: where verification was not reached, and where it refused
    and a handshake without verification failed as well. `openssl_chain` is the chain that OpenSSL was shown
    where that was another one, as by another machine behind the address: the code speaks of it then.
    `read_by` is "openssl" where only OpenSSL, without
    verification, could read the chain: staple, size and warnings are unknown then.

    `finished` says that the handshake was completed: the server proved that it has the private key of its
    certificate, and both Finished were right. It is False where no more than the server's first flight was
    read. `answered` says whether an HTTP answer came over the connection, None where no request was sent.
    """

    address: Own
    server_name: str | None
    protocol: Own
    cipher: Own
    alpn: str | None
    chain: tuple[bytes, ...]
    seconds: float
    client_certificate: ClientCertificate = "unknown"
    staple: bytes | None = None
    message_size: int | None = None
    warnings: tuple[Own, ...] = ()
    read_by: Literal["sigcheck", "openssl"] = "sigcheck"
    openssl_code: int | None = None
    openssl_message: Own | None = None
    openssl_failure: HandshakeFailure | None = None
    openssl_chain: tuple[bytes, ...] | None = None
    finished: bool = False
    answered: bool | None = None


HandshakeOutcome = Handshake | HandshakeFailure


class ProtocolOffer(Struct, frozen=True):
    """Whether the server completes a handshake at exactly this version; None: could not be decided."""

    protocol: Protocol
    accepted: bool | None
    detail: Own = ""


MOST_OTHERS = 16
"""Different chains that are judged; a receiver that shows a new one each time is judged by these."""


class OtherChain(Struct, frozen=True):
    """A chain that some connections of the run presented, and not the one that `TlsFacts.chain` describes.

    `shown` of `of` connections presented it, the first of them `where` ("sample 3"). `name` is what exchanges call it.
    """

    name: Own
    facts: ChainFacts
    shown: int
    of: int
    where: Own


class TlsFacts(Struct, frozen=True):
    """All TLS facts of one run. `handshakes` has one entry an address, in the order of the addresses.

    `jdk_handshakes` are handshakes made to their end as a JDK 17 client makes them: several with the first
    address that presented a chain, one with each other one that did, in the order of the addresses.

    `protocols`, `without_server_name` (a handshake without SNI) and `jdk` (the first of `jdk_handshakes`)
    belong to the first address that presented a chain; `chain` describes that chain.
    The last two are None where they were not tried: no address answered, or the host is an address.
    `chain_without_server_name` describes, for the same host, the chain presented without SNI where its
    leaf is another one; None where it was not described.

    In a run that sends no SNI all of these handshakes are without it. `without_server_name` is None then, and
    `with_server_name` is a handshake with SNI, which `chain_with_server_name` describes in the same way.

    `connections` is how many connections of the run showed a chain, deliveries included; `others` are the chains
    among them that differ from `chain`: one of several machines behind the address may present another.
    """

    trust: TrustSet
    handshakes: tuple[HandshakeOutcome, ...]
    chain: ChainFacts | None
    protocols: tuple[ProtocolOffer, ...] = ()
    without_server_name: HandshakeOutcome | None = None
    jdk: HandshakeOutcome | None = None
    chain_without_server_name: ChainFacts | None = None
    jdk_handshakes: tuple[HandshakeOutcome, ...] = ()
    connections: int = 0
    others: tuple[OtherChain, ...] = ()
    with_server_name: HandshakeOutcome | None = None
    chain_with_server_name: ChainFacts | None = None
