"""A TLS 1.3 server of a few pages that signs with any key, and does one thing wrong where that is asked for.

It speaks TLS_AES_128_GCM_SHA256 over X25519 alone, gives one response to one request, and resumes nothing. It has
a key schedule of its own, so that what sigcheck computes is held against other code.
"""

import hashlib
import hmac
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.tls12 import RESPONSE, AnyChainServer, Session

SUITE = 0x1301
PROOF = b" " * 64 + b"TLS 1.3, server CertificateVerify\0"


def hash_of(data: bytes) -> bytes:
    """Hash with the hash of the suite."""
    return hashlib.sha256(data).digest()


def expand(secret: bytes, label: str, context: bytes, size: int) -> bytes:
    """HKDF-Expand-Label for up to 32 bytes."""
    name = b"tls13 " + label.encode()
    info = struct.pack("!HB", size, len(name)) + name + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\x01", "sha256")[:size]


@dataclass
class Keys:
    """One direction's key, and the number of its next record."""

    secret: bytes
    number: int = 0

    def nonce(self) -> bytes:
        iv = int.from_bytes(expand(self.secret, "iv", b"", 12))
        self.number += 1
        return (iv ^ (self.number - 1)).to_bytes(12)

    @property
    def aead(self) -> AESGCM:
        return AESGCM(expand(self.secret, "key", b"", 16))

    def proof(self, transcript: bytes) -> bytes:
        return hmac.digest(expand(self.secret, "finished", b"", 32), hash_of(transcript), "sha256")

    def updated(self) -> "Keys":
        return Keys(expand(self.secret, "traffic upd", b"", 32))


@dataclass
class Session13(Session):
    """One connection of TLS 1.3."""

    mine: Keys | None = None
    theirs: Keys | None = None

    def record(self) -> tuple[int, bytes]:
        while True:
            head = self.exactly(5)
            body = self.exactly(int.from_bytes(head[3:]))
            if head[0] == 20:
                continue
            if self.theirs is None or head[0] != 23:
                return head[0], body
            inner = self.theirs.aead.decrypt(self.theirs.nonce(), body, head).rstrip(b"\0")
            return inner[-1], inner[:-1]

    def send(self, kind: int, body: bytes) -> None:
        if self.mine is not None:
            inner = body + bytes([kind])
            head = struct.pack("!BHH", 23, 0x0303, len(inner) + 16)
            self.wire.sendall(head + self.mine.aead.encrypt(self.mine.nonce(), inner, head))
        else:
            self.wire.sendall(struct.pack("!BHH", kind, 0x0303, len(body)) + body)


def key_share(hello: bytes) -> bytes:
    """Give the client's X25519 share."""
    at = hello.index(bytes.fromhex("001d0020"))
    return hello[at + 4 : at + 36]


@dataclass
class Server13(AnyChainServer):
    """Presents `chain` over TLS 1.3. `scheme` is what it says that it signs with, by default what fits its key.

    `ask` sends a CertificateRequest; `update` a KeyUpdate before the response, which is to be answered.
    """

    scheme: int | None = None
    ask: bool = False
    update: bool = False

    def _handshake(self, connection: Session) -> None:
        session = Session13(connection.wire)
        _, hello = session.message()
        private = x25519.X25519PrivateKey.generate()
        shared = private.exchange(x25519.X25519PublicKey.from_public_bytes(key_share(hello)))
        share = struct.pack("!HHHH", 51, 36, 0x1D, 32) + private.public_key().public_bytes_raw()
        extensions = bytes.fromhex("002b00020304") + share
        echoed = hello[34 : 35 + hello[34]]
        if self.misdeed == "session":
            echoed = echoed[:-1] + b"?"
        body = b"\x03\x03" + os.urandom(32) + echoed + struct.pack("!HB", SUITE, 0)
        session.say(2, body + len(extensions).to_bytes(2) + extensions)
        secret = hmac.digest(
            expand(hmac.digest(bytes(32), bytes(32), "sha256"), "derived", hash_of(b""), 32), shared, "sha256"
        )
        transcript = hash_of(session.transcript)
        session.mine = Keys(expand(secret, "s hs traffic", transcript, 32))
        session.theirs = Keys(expand(secret, "c hs traffic", transcript, 32))
        if self.misdeed == "close-after-hello":
            return
        session.say(8, b"\0\0")
        if self.ask:
            session.say(13, bytes.fromhex("00000a000d0006000408040403"))
        listed = b"".join(len(der).to_bytes(3) + der + b"\0\0" for der in self.chain)
        session.say(11, b"\0" + len(listed).to_bytes(3) + listed)
        if self._breaks_off(session):
            return
        scheme, signature = self._prove(PROOF + hash_of(session.transcript))
        if self.misdeed != "unproven":
            session.say(15, scheme.to_bytes(2) + len(signature).to_bytes(2) + signature)
        proof = session.mine.proof(session.transcript)
        session.say(20, proof[::-1] if self.misdeed == "finished" else proof)
        master = hmac.digest(expand(secret, "derived", hash_of(b""), 32), bytes(32), "sha256")
        transcript = hash_of(session.transcript)
        application = Keys(expand(master, "c ap traffic", transcript, 32))
        session.mine = Keys(expand(master, "s ap traffic", transcript, 32))
        if self.ask:
            kind, empty = session.message()
            assert (kind, empty) == (11, bytes(4))
        expected = session.theirs.proof(session.transcript)
        kind, finished = session.message()
        if (kind, finished) != (20, expected):
            session.send(21, b"\x02\x33")
            return
        session.theirs = application
        self._answer(session)

    def _answer(self, session: Session13) -> None:
        session.record()
        session.send(22, b"\x04\0\0\x0e" + bytes(9) + b"\0\x01x" + b"\0\0")
        if self.update:
            session.send(22, b"\x18\0\0\x01\x01")
            session.mine = session.mine.updated()
        session.send(23, RESPONSE)
        if self.update:
            kind, body = session.record()
            assert (kind, body) == (22, b"\x18\0\0\x01\0")
            session.theirs = session.theirs.updated()
            session.record()
        session.send(21, b"\x01\0")

    def _prove(self, data: bytes) -> tuple[int, bytes]:
        """Sign, with a hash that fits the scheme and the key."""
        match self.private:
            case rsa.RSAPrivateKey():
                scheme = self.scheme or 0x0804
                how = padding.PKCS1v15() if scheme == 0x0401 else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
                return scheme, self.private.sign(data, how, hashes.SHA256())
            case ec.EllipticCurvePrivateKey():
                fits = {256: 0x0403, 384: 0x0503, 521: 0x0603}[self.private.curve.key_size]
                scheme = self.scheme or fits
                digest: dict[int, Callable[[], hashes.HashAlgorithm]]
                digest = {0x0403: hashes.SHA256, 0x0503: hashes.SHA384, 0x0603: hashes.SHA512, 0x0203: hashes.SHA1}
                return scheme, self.private.sign(data, ec.ECDSA(digest[scheme]()))
            case ed25519.Ed25519PrivateKey():
                return 0x0807, self.private.sign(data)
            case ed448.Ed448PrivateKey():
                return 0x0808, self.private.sign(data)
        raise TypeError
