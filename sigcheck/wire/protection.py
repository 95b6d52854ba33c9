"""What seals and opens the records of one direction: AEAD in TLS 1.3 and 1.2, and CBC with HMAC."""

import hmac
from collections.abc import Callable
from typing import Protocol as Shape

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sigcheck.wire.codes import APPLICATION_DATA
from sigcheck.wire.records import Record, WireProblem

PLAIN_CAP = 2**14
"""RFC 8446, 5.1: the longest content of a record."""
BLOCK = 16


class Aead(Shape):
    """An AEAD of the crypto library."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Seal."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """Open; raises InvalidTag or ValueError."""
        ...


class Protection(Shape):
    """Seals or opens the records of one direction, in their order."""

    def seal(self, kind: int, content: bytes) -> bytes:
        """Give a whole record around the content."""
        ...

    def open(self, record: Record) -> tuple[int, bytes]:
        """Give the true content type and the content. Raises WireProblem for what cannot be opened."""
        ...


class ModernProtection:
    """TLS 1.3 (RFC 8446, 5.2): the content type is hidden behind the content."""

    def __init__(self, aead: Aead, iv: bytes) -> None:
        self._aead = aead
        self._iv = int.from_bytes(iv)
        self._sequence = 0

    def seal(self, kind: int, content: bytes) -> bytes:
        """Give a whole record around the content."""
        # Every AEAD of TLS adds 16 bytes, but for CCM_8, which is read here and never written.
        header = _header(APPLICATION_DATA, len(content) + 1 + BLOCK)
        return header + self._aead.encrypt(self._nonce(), content + bytes((kind,)), header)

    def open(self, record: Record) -> tuple[int, bytes]:
        """Give the true content type and the content. Raises WireProblem for what cannot be opened."""
        inner = _opened(self._aead, self._nonce(), record.payload, record.header).rstrip(b"\0")
        if not inner:
            raise WireProblem("an encrypted record without a content type")
        return inner[-1], _capped(inner[:-1])

    def _nonce(self) -> bytes:
        nonce = (self._iv ^ self._sequence).to_bytes(12)
        self._sequence += 1
        return nonce


class AeadProtection:
    """TLS 1.2 with an AEAD. AES-GCM sends 8 bytes of its nonce (RFC 5288), ChaCha20 none (RFC 7905)."""

    def __init__(self, aead: Aead, iv: bytes) -> None:
        self._aead = aead
        self._iv = iv
        self._sequence = 0

    def seal(self, kind: int, content: bytes) -> bytes:
        """Give a whole record around the content."""
        number, explicit = self._sequence.to_bytes(8), self._explicit
        self._sequence += 1
        nonce = self._nonce(number, number)
        head = number + _header(kind, len(content))
        body = (number if explicit else b"") + self._aead.encrypt(nonce, content, head)
        return _header(kind, len(body)) + body

    def open(self, record: Record) -> tuple[int, bytes]:
        """Give the content type and the content. Raises WireProblem for what cannot be opened."""
        number, payload = self._sequence.to_bytes(8), record.payload
        self._sequence += 1
        start = 8 if self._explicit else 0
        size = len(payload) - start - BLOCK
        if size < 0:
            raise WireProblem("an encrypted record that is too short")
        head = number + _header(record.kind, size)
        nonce = self._nonce(number, payload[:start])
        return record.kind, _capped(_opened(self._aead, nonce, payload[start:], head))

    @property
    def _explicit(self) -> bool:
        return len(self._iv) == 4

    def _nonce(self, number: bytes, explicit: bytes) -> bytes:
        if self._explicit:
            return self._iv + explicit
        return (int.from_bytes(self._iv) ^ int.from_bytes(number)).to_bytes(12)


class BlockProtection:
    """TLS 1.2 with AES-CBC: MAC, then padding, then encryption (RFC 5246, 6.2.3.2).

    Nothing here runs in constant time: what is opened is a server's answer to a probe, and no secret of anybody's.
    """

    def __init__(self, key: bytes, mac_key: bytes, mac: str, entropy: Callable[[int], bytes]) -> None:
        self._key = algorithms.AES(key)
        self._mac_key = mac_key
        self._mac = mac
        self._entropy = entropy
        self._sequence = 0

    def seal(self, kind: int, content: bytes) -> bytes:
        """Give a whole record around the content."""
        plain = content + self._digest(kind, content)
        padding = BLOCK - 1 - len(plain) % BLOCK
        iv = self._entropy(BLOCK)
        encryptor = Cipher(self._key, modes.CBC(iv)).encryptor()
        body = iv + encryptor.update(plain + bytes((padding,)) * (padding + 1)) + encryptor.finalize()
        return _header(kind, len(body)) + body

    def open(self, record: Record) -> tuple[int, bytes]:
        """Give the content type and the content. Raises WireProblem for what cannot be opened."""
        iv, body = record.payload[:BLOCK], record.payload[BLOCK:]
        if not body or len(body) % BLOCK:
            raise WireProblem("an encrypted record that is not a multiple of a block")
        decryptor = Cipher(self._key, modes.CBC(iv)).decryptor()
        plain = decryptor.update(body) + decryptor.finalize()
        padding, size = plain[-1], len(self._mac_key)
        end = len(plain) - 1 - padding - size
        if end < 0 or plain[-padding - 1 :] != bytes((padding,)) * (padding + 1):
            raise WireProblem("an encrypted record that cannot be decrypted")
        content = plain[:end]
        if not hmac.compare_digest(plain[end : end + size], self._digest(record.kind, content)):
            raise WireProblem("an encrypted record that cannot be decrypted")
        return record.kind, _capped(content)

    def _digest(self, kind: int, content: bytes) -> bytes:
        head = self._sequence.to_bytes(8) + _header(kind, len(content))
        self._sequence += 1
        return hmac.digest(self._mac_key, head + content, self._mac)


def _header(kind: int, size: int) -> bytes:
    return bytes((kind, 3, 3)) + size.to_bytes(2)


def _opened(aead: Aead, nonce: bytes, payload: bytes, head: bytes) -> bytes:
    try:
        return aead.decrypt(nonce, payload, head)
    except (InvalidTag, ValueError) as error:
        raise WireProblem("an encrypted record that cannot be decrypted") from error


def _capped(content: bytes) -> bytes:
    if len(content) > PLAIN_CAP:
        raise WireProblem(f"a record with {len(content)} bytes of content; at most {PLAIN_CAP} are allowed")
    return content
