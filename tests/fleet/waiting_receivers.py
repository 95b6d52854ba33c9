"""Receivers in virtual time, each with an observer and a chain of its own.

What a run is told is made anew for each of them, as from a socket: nothing is shared that would not be shared there.
"""

import asyncio
import sys
from datetime import datetime, timedelta
from zlib import crc32

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import structs

from sigcheck.http1 import AnswerReader
from sigcheck.model.chain import TrustSet
from sigcheck.model.delivery import Answer, Exchange, Message, Phases
from sigcheck.model.effects import ObserverFacts
from sigcheck.model.handshake import Handshake, ProtocolOffer, TlsFacts
from sigcheck.presented import chain_name
from sigcheck.probes.delivery import Delivery
from sigcheck.probes.pace import Pace, make_pace

TOOK = 0.02
"""Virtual seconds that an answer takes."""

TRUST = TrustSet("demo roots", "own roots", "0" * 64, 1)

_ANSWER = (
    b"HTTP/1.1 204 No Content\r\nServer: nginx/1.22.1\r\nDate: Mon, 23 Nov 2026 12:00:%02d GMT\r\n"
    b"Connection: close\r\nX-Request-Id: %016x\r\nStrict-Transport-Security: max-age=31536000\r\n\r\n"
)
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(TlsFacts)


class Authority:
    """Signs a certificate for each host."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "many waiting")])
        self._root = self._certificate(self._name, self._key, None)
        self.pem = self._root.public_bytes(serialization.Encoding.PEM)
        self._of_all = ec.generate_private_key(ec.SECP256R1())

    def chain(self, host: str) -> tuple[bytes, ...]:
        """Give the chain that a host presents, DER."""
        leaf = self._certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), self._of_all, host)
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in (leaf, self._root))

    def _certificate(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, host: str | None) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(self._now - timedelta(days=1))
            .not_valid_after(self._now + timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


class Receivers:
    """What all receivers remember: how many effects each message had, a second one where the receiver is `naive`."""

    def __init__(self, naive: frozenset[str]) -> None:
        self._naive = naive
        self._counts: dict[int, int] = {}
        self.errors: list[float] = [0.0]
        self.deliveries = 0

    @property
    def held(self) -> int:
        """Bytes that the counts take: they are the test bed's own, and no run's."""
        return sys.getsizeof(self._counts) + sum(map(sys.getsizeof, self._counts))

    def arrives(self, host: str, message: Message) -> None:
        key = hash((host, message.identity))
        self._counts[key] = self._counts.get(key, 0) + 1 if host in self._naive else 1

    def of(self, host: str, message: Message) -> int:
        return self._counts.get(hash((host, message.identity)), 0)


class Line:
    """The transport to one receiver: an answer is read as one from a socket is."""

    def __init__(self, receivers: Receivers, host: str, chain: tuple[bytes, ...]) -> None:
        self._receivers, self._host, self._number = receivers, host, crc32(host.encode())
        self.chains: dict[str, tuple[bytes, ...]] = {}
        self._chain = chain
        self._due: float | None = None

    async def __call__(self, delivery: Delivery) -> Exchange:
        loop, told = asyncio.get_running_loop(), self._receivers
        started = loop.time()
        told.deliveries += 1
        # The messages of other devices go out right behind the first.
        if delivery.due is not None and delivery.due != self._due:
            self._due = delivery.due
            error = abs(started - delivery.origin - delivery.due)
            if error > told.errors[0]:
                told.errors.insert(0, error)
        if delivery.gate is not None:
            await delivery.gate()
        if delivery.begins is not None:
            delivery.begins()
        sent = loop.time()
        told.arrives(self._host, delivery.message)
        await asyncio.sleep(min(TOOK, delivery.listen))
        ended = loop.time()
        self._number += 1
        reader = AnswerReader(delivery.request.method)
        reader.feed(_ANSWER % (self._number % 60, self._number))
        head = reader.head
        assert head is not None
        name = None
        if self._chain:
            name = chain_name(self._chain)
            self.chains.setdefault(name, tuple(bytes(bytearray(each)) for each in self._chain))
        return Exchange(
            message=delivery.message,
            attempt=delivery.attempt,
            due=delivery.due,
            started=started - delivery.origin,
            sent=sent - delivery.origin,
            phases=Phases(0.001 * TOOK, 0.002 * TOOK, 0.003 * TOOK, 0.001 * TOOK, ended - sent, 0.001 * TOOK),
            total=ended - started,
            answered_after=ended - sent,
            limit=delivery.limit,
            outcome=Answer(
                status=head.status,
                reason=head.reason,
                http_version=head.version,
                headers=head.headers,
                body=reader.body,
                body_size=reader.body_size,
                body_end="complete",
                body_sha256=reader.body_sha256,
                oddities=reader.oddities,
            ),
            address=delivery.address,
            chain=name,
            offered_alpn=delivery.offers_alpn,
            company=delivery.company,
            also=delivery.also,
        )


class Count:
    """The observer of one receiver."""

    secrets: tuple[str, ...] = ()
    asks = "a script"

    def __init__(self, receivers: Receivers, host: str) -> None:
        self._receivers, self._host = receivers, host
        self.facts = ObserverFacts("command", per_message=True, settle=2.0)
        self.pace: Pace = make_pace(None, compressed=False)

    async def __call__(self, message: Message) -> int:
        return self._receivers.of(self._host, message)


def handshakes(host: str, address: str, chain: tuple[bytes, ...]) -> TlsFacts:
    """Give what four handshakes show; no two values of it are one object."""
    size = sum(map(len, chain)) + 16
    shaken = Handshake(
        address, host, "TLSv1.3", "TLS_AES_256_GCM_SHA384", None, chain, 0.004, "not asked", None, size, finished=True
    )
    by_jdk = structs.replace(shaken, answered=True)
    facts = TlsFacts(
        trust=TRUST,
        handshakes=(structs.replace(shaken, openssl_code=0),),
        chain=None,
        protocols=(
            ProtocolOffer("TLSv1", accepted=False, detail="the server closed the connection"),
            ProtocolOffer("TLSv1.1", accepted=False, detail="the server closed the connection"),
            ProtocolOffer("TLSv1.2", accepted=True, detail="TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
            ProtocolOffer("TLSv1.3", accepted=True, detail="TLS_AES_256_GCM_SHA384"),
        ),
        without_server_name=structs.replace(shaken, server_name=None),
        jdk=by_jdk,
        jdk_handshakes=(by_jdk, by_jdk),
    )
    return _DECODER.decode(_ENCODER.encode(facts))
