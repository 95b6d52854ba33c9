"""A TLS 1.2 server of a few pages that presents any bytes as its certificates, and completes the handshake.

OpenSSL will not serve a malformed, a weak or a mismatched certificate; a corpus of bad chains needs a server that does.
One suite per key type (ECDHE with AES-128-GCM, P-256), one response to one request, no resumption. Where it is asked
for, RSA key transport, or Diffie-Hellman in a field of any size. A misdeed is one thing that it does wrong.
"""

import contextlib
import dataclasses
import hashlib
import hmac
import os
import socket
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ECDHE_RSA, ECDHE_ECDSA, PLAIN_RSA, DHE_RSA = 0xC02F, 0xC02B, 0x009C, 0x009E
Misdeed = Literal[
    "", "finished", "downgrade", "unproven", "session",
    "close-after-hello", "close-after-flight", "alert-after-flight", "stall-after-flight",
]  # fmt: skip
SCALAR = 300
"""The exponent in a field: nothing is secret here."""
INTERNAL_ERROR, BAD_RECORD_MAC = b"\x02\x50", b"\x02\x14"


def prf(secret: bytes, label: bytes, seed: bytes, size: int) -> bytes:
    """Derive `size` bytes as RFC 5246 section 5 does with SHA-256."""
    seed, out = label + seed, b""
    rolling = seed
    while len(out) < size:
        rolling = hmac.digest(secret, rolling, "sha256")
        out += hmac.digest(secret, rolling + seed, "sha256")
    return out[:size]


@dataclass
class Session:
    """One connection: records in and out, and the transcript of the handshake."""

    wire: socket.socket
    transcript: bytes = b""
    sealed: bool = False
    received: int = 0
    sent: int = 0
    keys: tuple[bytes, bytes, bytes, bytes] = (b"", b"", b"", b"")
    pending: bytes = b""

    def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.wire.recv(count - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    def record(self) -> tuple[int, bytes]:
        kind, _, size = struct.unpack("!BHH", self.exactly(5))
        body = self.exactly(size)
        if self.sealed:
            nonce = self.keys[2] + body[:8]
            head = struct.pack("!QBHH", self.received, kind, 0x0303, len(body) - 24)
            body = AESGCM(self.keys[0]).decrypt(nonce, body[8:], head)
            self.received += 1
        return kind, body

    def send(self, kind: int, body: bytes) -> None:
        for start in range(0, len(body), 16_000):
            part = body[start : start + 16_000]
            if self.keys[1] and kind != 20:
                explicit = struct.pack("!Q", self.sent)
                head = struct.pack("!QBHH", self.sent, kind, 0x0303, len(part))
                part = explicit + AESGCM(self.keys[1]).encrypt(self.keys[3] + explicit, part, head)
                self.sent += 1
            self.wire.sendall(struct.pack("!BHH", kind, 0x0303, len(part)) + part)

    def message(self) -> tuple[int, bytes]:
        while len(self.pending) < 4 or len(self.pending) < 4 + int.from_bytes(self.pending[1:4]):
            kind, body = self.record()
            if kind != 22:
                raise ConnectionError
            self.pending += body
        size = 4 + int.from_bytes(self.pending[1:4])
        whole, self.pending = self.pending[:size], self.pending[size:]
        self.transcript += whole
        return whole[0], whole[4:]

    def say(self, kind: int, body: bytes) -> None:
        whole = bytes([kind]) + len(body).to_bytes(3) + body
        self.transcript += whole
        self.send(22, whole)


def wants_staple(hello: bytes) -> bool:
    """Say whether a ClientHello has the status_request extension."""
    at = 34 + 1 + hello[34]
    at += 2 + int.from_bytes(hello[at : at + 2])
    at += 1 + hello[at] + 2
    while at + 4 <= len(hello):
        kind, size = struct.unpack("!HH", hello[at : at + 4])
        if kind == 5:
            return True
        at += 4 + size
    return False


@dataclass
class AnyChainServer:
    """Presents `chain` on a loopback port of its own until closed; handshakes run in threads."""

    chain: Sequence[bytes]
    private: Any
    staple: bytes | None = None
    misdeed: Misdeed = ""
    transport: bool = False
    field: int = 0
    port: int = 0
    _threads: list[threading.Thread] = dataclasses.field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A listening socket that is only closed leaves accept() waiting; shut down, it returns.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(5)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(wire,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, wire: socket.socket) -> None:
        wire.settimeout(10)
        with wire, contextlib.suppress(OSError, ConnectionError, ValueError, IndexError, struct.error):
            self._handshake(Session(wire))
            if self.misdeed.startswith("close-"):
                # What the client is still sending would be answered by a reset, which is another fault.
                wire.shutdown(socket.SHUT_WR)
                while wire.recv(4096):
                    pass

    def _handshake(self, session: Session) -> None:
        _, hello = session.message()
        client_random = hello[2:34]
        server_random = os.urandom(24) + (b"DOWNGRD\x01" if self.misdeed == "downgrade" else os.urandom(8))
        suite = ECDHE_RSA if isinstance(self.private, rsa.RSAPrivateKey) else ECDHE_ECDSA
        if self.transport:
            suite = PLAIN_RSA
        if self.field:
            suite = DHE_RSA
        stapling = self.staple is not None and wants_staple(hello)
        # renegotiation_info: without it OpenSSL 3 refuses; ec_point_formats for clients that ask for it.
        extensions = bytes.fromhex("ff01000100" + "000b00020100") + (b"\x00\x05\x00\x00" if stapling else b"")
        session.say(
            2,
            b"\x03\x03"
            + server_random
            + b"\x00"
            + struct.pack("!HB", suite, 0)
            + len(extensions).to_bytes(2)
            + extensions,
        )
        if self.misdeed == "close-after-hello":
            return
        listed = b"".join(len(der).to_bytes(3) + der for der in self.chain)
        session.say(11, len(listed).to_bytes(3) + listed)
        if stapling:
            staple = self.staple or b""
            session.say(22, b"\x01" + len(staple).to_bytes(3) + staple)
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        if not self.transport:
            self._offer(session, ephemeral, client_random + server_random)
        session.say(14, b"")
        if self._breaks_off(session):
            return
        _, exchange = session.message()
        master = prf(self._agreed(ephemeral, exchange), b"master secret", client_random + server_random, 48)
        block = prf(master, b"key expansion", server_random + client_random, 40)
        keys = (block[:16], block[16:32], block[32:36], block[36:40])
        kind, _ = session.record()
        if kind != 20:
            raise ConnectionError
        session.keys = (keys[0], b"", keys[2], keys[3])
        session.sealed = True
        try:
            session.message()
        except InvalidTag:
            session.send(21, BAD_RECORD_MAC)
            return
        session.send(20, b"\x01")
        session.keys = keys
        proof = prf(master, b"server finished", hashlib.sha256(session.transcript).digest(), 12)
        session.say(20, proof[::-1] if self.misdeed == "finished" else proof)
        session.record()
        session.send(23, RESPONSE)
        session.send(21, b"\x01\x00")

    def _offer(self, session: Session, ephemeral: ec.EllipticCurvePrivateKey, randoms: bytes) -> None:
        point = ephemeral.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        parameters = b"\x03\x00\x17" + bytes([len(point)]) + point
        if self.field:
            # No prime, and no client finds out: it is the size that they look at.
            numbers = ((1 << self.field) - 1, 2, 1 << SCALAR)
            sizes = (self.field // 8, 1, self.field // 8)
            parameters = b"".join(
                struct.pack("!H", size) + number.to_bytes(size) for number, size in zip(numbers, sizes, strict=True)
            )
        scheme, signature = self._sign(randoms + parameters)
        session.say(12, parameters + scheme + len(signature).to_bytes(2) + signature)

    def _agreed(self, ephemeral: ec.EllipticCurvePrivateKey, exchange: bytes) -> bytes:
        if self.field:
            prime = (1 << self.field) - 1
            return pow(int.from_bytes(exchange[2:]), SCALAR, prime).to_bytes(self.field // 8).lstrip(b"\0")
        if not self.transport:
            peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), exchange[1:])
            return ephemeral.exchange(ec.ECDH(), peer)
        try:
            return self.private.decrypt(exchange[2:], padding.PKCS1v15())
        except ValueError:
            return os.urandom(48)

    def _breaks_off(self, session: Session) -> bool:
        """Do what the misdeed asks for once the first flight is out."""
        match self.misdeed:
            case "alert-after-flight":
                session.send(21, INTERNAL_ERROR)
            case "stall-after-flight":
                while session.wire.recv(4096):
                    pass
        return self.misdeed.endswith("-after-flight")

    def _sign(self, data: bytes) -> tuple[bytes, bytes]:
        match self.private:
            case rsa.RSAPrivateKey():
                return b"\x04\x01", self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
            case ec.EllipticCurvePrivateKey():
                return b"\x04\x03", self.private.sign(data, ec.ECDSA(hashes.SHA256()))
            case ed25519.Ed25519PrivateKey():
                return b"\x08\x07", self.private.sign(data)
            case ed448.Ed448PrivateKey():
                return b"\x08\x08", self.private.sign(data)
        raise TypeError
