"""What the record protections seal opens once, in its order, and unchanged."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from sigcheck.wire import WireProblem
from sigcheck.wire.protection import AeadProtection, BlockProtection, ModernProtection
from sigcheck.wire.records import RecordStream
from tests.test_wire_client import chance


def protections():
    """Give each protection twice, to seal and to open."""
    key = bytes(range(32))
    yield "gcm", [AeadProtection(AESGCM(key), b"salt") for _ in range(2)]
    yield "chacha20", [AeadProtection(ChaCha20Poly1305(key), bytes(12)) for _ in range(2)]
    yield "modern", [ModernProtection(AESGCM(key), bytes(12)) for _ in range(2)]
    for mac, size in (("sha1", 20), ("sha256", 32), ("sha384", 48)):
        yield f"cbc-{mac}", [BlockProtection(key, bytes(size), mac, chance) for _ in range(2)]


@pytest.mark.parametrize("name", [name for name, _ in protections()])
def test_what_was_sealed_opens_once_in_its_order_and_unchanged(name):
    """Every length opens; a changed, repeated or cut record does not."""
    sealing, opening = dict(protections())[name]
    for size in (0, 1, 15, 16, 17, 255, 16384):
        stream = RecordStream()
        stream.feed(sealing.seal(23, bytes(size)))
        assert opening.open(stream.next()) == (23, bytes(size))
    stream = RecordStream()
    sealed = sealing.seal(23, b"content")
    stream.feed(sealed)
    taken = stream.next()
    assert taken is not None
    for changed in (
        taken._replace(payload=taken.payload[:-1] + bytes((taken.payload[-1] ^ 1,))),
        taken._replace(payload=taken.payload[:-16]),
        taken._replace(payload=b""),
        taken,
    ):
        with pytest.raises(WireProblem):
            dict(protections())[name][1].open(changed)
