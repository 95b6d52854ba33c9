"""The second half of a TLS 1.2 handshake: key exchange, proof of the private key, keys and Finished.

Sources: RFC 5246 (TLS 1.2), RFC 8422 (ECDHE), RFC 5288 and 7905 (AEAD), RFC 7627 (extended master secret).
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from cryptography.exceptions import InternalError
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from sigcheck.wire import codes
from sigcheck.wire.hello import ClientHello
from sigcheck.wire.keys import CURVES, FiniteKey, KeyShare
from sigcheck.wire.messages import Reader, ServerHello
from sigcheck.wire.problems import CertificateUnusable, KeyMismatch
from sigcheck.wire.protection import AeadProtection, BlockProtection, Protection
from sigcheck.wire.records import WireProblem
from sigcheck.wire.signatures import LeafKey

MASTER_SIZE, VERIFY_SIZE = 48, 12
NAMED_CURVE = 3
# jdk.tls.disabledAlgorithms in conf/security/java.security of OpenJDK 17.0.15: "DH keySize < 1024". The other
# bounds are those of its key generator: com.sun.crypto.provider.DHKeyPairGenerator.checkKeySize.
# The rest of that list needs no check here: RC4, DES, 3DES_EDE_CBC, MD5withRSA, NULL, anon, ECDH and
# curves under 224 bits are not in the hello, and a choice that was not offered is refused anyway.
JDK_DH_BITS: Final = range(1024, 8192 + 1, 64)


class Suite(NamedTuple):
    """What one cipher suite of TLS 1.2 is made of; `mac` is "" with an AEAD."""

    exchange: Literal["ECDHE", "DHE", "RSA"]
    cipher: Literal["GCM", "CHACHA20", "CBC"]
    key_size: int
    mac: str
    hash: str

    @classmethod
    def of(cls, code: int) -> "Suite":
        """Take the name of a suite that a JDK 17 offers apart. Raises WireProblem for another one."""
        name = codes.JDK17_SUITES.get(code, "")
        kind, found, rest = name.partition("_WITH_")
        if not found:
            raise WireProblem(f"TLS 1.2 with cipher suite {codes.suite_name(code)}")
        *_, digest = rest.split("_")
        cipher: Literal["GCM", "CHACHA20", "CBC"] = "CHACHA20"
        if "_GCM_" in rest or "_CBC_" in rest:
            cipher = "GCM" if "_GCM_" in rest else "CBC"
        exchange: Literal["ECDHE", "DHE", "RSA"] = "RSA"
        if "DHE_" in kind:
            exchange = "ECDHE" if "_ECDHE_" in kind else "DHE"
        return cls(
            exchange=exchange,
            cipher=cipher,
            key_size=16 if "AES_128" in rest else 32,
            mac={"SHA": "sha1", "SHA256": "sha256", "SHA384": "sha384"}[digest] if cipher == "CBC" else "",
            hash="sha384" if digest == "SHA384" else "sha256",
        )


class Tls12:
    """One handshake after the ServerHello: first `exchange`, then `derive`, then a `finished` of either side."""

    def __init__(self, hello: ClientHello, choice: ServerHello, entropy: Callable[[int], bytes]) -> None:
        self.suite = Suite.of(choice.suite)
        self._hello = hello
        self._choice = choice
        self._entropy = entropy
        self._master = b""

    def exchange(self, key: LeafKey, message: bytes | None) -> tuple[bytes, bytes]:
        """Read the ServerKeyExchange, if there is one; give the ClientKeyExchange and the premaster secret.

        Raises KeyMismatch where it is not signed with the key of the certificate.
        """
        if self.suite.exchange == "RSA":
            if message is not None:
                raise WireProblem("a ServerKeyExchange that does not belong to the cipher suite")
            return self._encrypted(key)
        if message is None:
            raise WireProblem("no ServerKeyExchange, which the cipher suite needs")
        reader = Reader(message, "ServerKeyExchange")
        answer, secret, size = self._curve(reader) if self.suite.exchange == "ECDHE" else self._field(reader)
        scheme, signature = reader.number(2), reader.vector(2)
        signed = self._hello.random + self._choice.random + message[:size]
        key.check(scheme, signature, signed, offered=self._hello.signatures, modern=False)
        return answer, secret()

    def derive(self, secret: bytes, transcript: bytes) -> tuple[Protection, Protection]:
        """Compute the master secret, and what protects the client's and the server's records.

        `transcript` ends with the ClientKeyExchange.
        """
        suite, randoms = self.suite, (self._hello.random, self._choice.random)
        if self._choice.extended:
            seed = hashlib.new(suite.hash, transcript).digest()
            self._master = prf(suite.hash, secret, b"extended master secret", seed, MASTER_SIZE)
        else:
            self._master = prf(suite.hash, secret, b"master secret", b"".join(randoms), MASTER_SIZE)
        mac_size = hashlib.new(suite.mac).digest_size if suite.mac else 0
        iv_size = {"GCM": 4, "CHACHA20": 12, "CBC": 0}[suite.cipher]
        sizes = (mac_size, mac_size, suite.key_size, suite.key_size, iv_size, iv_size)
        block = Reader(
            prf(suite.hash, self._master, b"key expansion", b"".join(reversed(randoms)), sum(sizes)), "key block"
        )
        macs, keys, ivs = [(block.take(size), block.take(size)) for size in sizes[::2]]
        client, server = (self._protection(*each) for each in zip(macs, keys, ivs, strict=True))
        return client, server

    def finished(self, label: bytes, transcript: bytes) -> bytes:
        """Compute the verify_data of a Finished: `label` is that of the side that sends it."""
        digest = hashlib.new(self.suite.hash, transcript).digest()
        return prf(self.suite.hash, self._master, label, digest, VERIFY_SIZE)

    def _protection(self, mac_key: bytes, key: bytes, iv: bytes) -> Protection:
        match self.suite.cipher:
            case "GCM":
                return AeadProtection(AESGCM(key), iv)
            case "CHACHA20":
                return AeadProtection(ChaCha20Poly1305(key), iv)
            case "CBC":
                return BlockProtection(key, mac_key, self.suite.mac, self._entropy)

    def _encrypted(self, key: LeafKey) -> tuple[bytes, bytes]:
        """Send the secret encrypted with the key of the certificate: only who has its private key reads it."""
        if key.kind == "RSA-PSS" or not isinstance(key.key, rsa.RSAPublicKey):
            raise KeyMismatch(f"it requires RSA key transport, but its certificate has the key {key.title}")
        secret = codes.VERSIONS["TLSv1.2"].to_bytes(2) + self._entropy(MASTER_SIZE - 2)
        try:
            sealed = key.key.encrypt(secret, padding.PKCS1v15())
        except (ValueError, InternalError) as error:
            raise CertificateUnusable(f"the key of the server certificate ({key.title}) cannot encrypt") from error
        return len(sealed).to_bytes(2) + sealed, secret

    def _curve(self, reader: Reader) -> tuple[bytes, Callable[[], bytes], int]:
        if (kind := reader.number(1)) != NAMED_CURVE:
            raise WireProblem(f"a curve of type {kind} in the ServerKeyExchange")
        group, point = reader.number(2), reader.vector(1)
        if group not in self._hello.groups or group not in CURVES:
            raise WireProblem(f"the server chose key exchange group 0x{group:04x}, which was not offered")
        share = KeyShare(group, self._entropy)
        return len(share.public).to_bytes(1) + share.public, lambda: share.agree(point), 4 + len(point)

    def _field(self, reader: Reader) -> tuple[bytes, Callable[[], bytes], int]:
        parts = [reader.vector(2) for _ in range(3)]
        prime, generator, peer = (int.from_bytes(part) for part in parts)
        bits = prime.bit_length()
        if bits not in JDK_DH_BITS:
            raise WireProblem(f"Diffie-Hellman parameters of {bits} bits, which a JDK 17 does not accept")
        if not 1 < generator < prime - 1 or not 1 < peer < prime - 1:
            raise WireProblem("a Diffie-Hellman key that is not one of its group")
        own = FiniteKey(prime, generator, self._entropy)
        width = (bits + 7) // 8

        def secret() -> bytes:
            # RFC 5246, 8.1.2: leading zeros of the shared secret are left out.
            return own.exchange(peer.to_bytes(width)).lstrip(b"\0")

        return len(own.public).to_bytes(2) + own.public, secret, 6 + sum(map(len, parts))


def prf(name: str, secret: bytes, label: bytes, seed: bytes, size: int) -> bytes:
    """Derive `size` bytes (RFC 5246, 5)."""
    seed, out = label + seed, b""
    rolling = seed
    while len(out) < size:
        rolling = hmac.digest(secret, rolling, name)
        out += hmac.digest(secret, rolling + seed, name)
    return out[:size]
