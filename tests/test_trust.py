"""Roots from certifi and from files, and what is said of files that hold none."""

import base64
import hashlib
from pathlib import Path

import certifi
import pytest

from sigcheck.errors import UsageProblem
from sigcheck.trust import certifi_roots, load_roots, pem_certificates
from tests import pki


def test_certifi_is_named_with_version_date_hash_and_count() -> None:
    """The report can say which roots stood behind the verdict."""
    roots = certifi_roots()
    data = Path(certifi.where()).read_bytes()
    assert roots.public
    assert (roots.trust.name, roots.trust.version) == ("certifi", certifi.__version__)
    assert roots.trust.sha256 == hashlib.sha256(data).hexdigest()
    assert roots.trust.roots == data.count(b"-----BEGIN CERTIFICATE-----")
    assert roots.trust.released is not None
    assert f"{roots.trust.released:%Y.%m.%d}" == certifi.__version__


def test_every_root_of_certifi_can_be_read_and_found_by_its_name() -> None:
    """Our reader takes each of them apart."""
    roots = certifi_roots()
    assert len(roots.all()) == roots.trust.roots
    assert all(root in roots.subject(root) for root in roots.all())


def test_a_file_of_roots_takes_the_place_of_certifis(tmp_path: Path) -> None:
    """Only the roots of the file are trusted."""
    path = tmp_path / "own.pem"
    path.write_text("a comment\n" + pki.pem(pki.chain().roots))
    roots = load_roots(path)
    assert (roots.public, roots.trust.name, roots.trust.roots, len(roots.all())) == (False, "own.pem", 1, 1)


KEY = f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(b'secret').decode()}\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"hello", "is not PEM"),
        (b"\x30\x82\x01\x00", "is DER, not PEM"),
        (KEY.encode(), "holds no certificate, only 'PRIVATE KEY'"),
        (b"-----BEGIN CERTIFICATE-----\nAAAAA\n-----END CERTIFICATE-----", "is damaged"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "holds no certificate"),
    ],
    ids=["empty", "blank", "text", "der", "key", "base64", "no end"],
)
def test_a_file_without_certificates_is_named_with_the_remedy(data: bytes, words: str) -> None:
    """One line that names the file and what is wrong with it."""
    with pytest.raises(UsageProblem, match=words) as caught:
        pem_certificates(data, "chain.pem")
    assert "chain.pem" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["absent.pem", "."], ids=["absent", "a folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    """The system's own words stand in the message."""
    with pytest.raises(UsageProblem, match="cannot be read"):
        load_roots(tmp_path / name)


def test_a_damaged_root_is_named_by_its_place(tmp_path: Path) -> None:
    """A root that no client could read is no root."""
    path = tmp_path / "own.pem"
    path.write_text(pki.pem([*pki.chain().roots, b"\x30\x03\x02\x01\x01"]))
    with pytest.raises(UsageProblem, match=r"certificate 2 in .* cannot be read"):
        load_roots(path)
