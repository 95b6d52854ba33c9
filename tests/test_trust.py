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
        (b"-----BEGIN CERTIFICATE-----\nAA!AA\n-----END CERTIFICATE-----", "is damaged"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "certificate 1 in chain.pem has no -----END line"),
        (b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n", "openssl pkcs7 -in chain.pem -print_certs"),
        (bytes.fromhex("308006092a864886f70d010702"), "is PKCS #7, not PEM: .* openssl pkcs7 -inform DER"),
        (bytes.fromhex("30820b1b0201033082"), "is PKCS #12, not PEM: .* openssl pkcs12"),
        (bytes.fromhex("308187020100301306"), "is a key in DER, not PEM: give the file with the certificates"),
    ],
    ids=[
        *("empty", "blank", "text", "der", "key", "base64", "stray character", "no end", "pkcs7"),
        *("pkcs7 in der", "pkcs12", "key in der"),
    ],
)
def test_a_file_without_certificates_is_named_with_the_remedy(data: bytes, words: str) -> None:
    """One line that names the file and what is wrong with it."""
    with pytest.raises(UsageProblem, match=words) as caught:
        pem_certificates(data, "chain.pem")
    assert "chain.pem" in str(caught.value)
    assert "secret" not in str(caught.value)


CHAIN = pki.chain().presented
TWO = pki.pem(CHAIN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            TWO.replace("E-----\n-----B", "E----------B"),
            "certificate 1 in chain.pem does not begin and end on its own",
        ),
        (TWO.replace("\n", ""), "certificate 1 in chain.pem does not begin and end on its own"),
        (TWO.replace("\n", "\r"), "certificate 1 in chain.pem does not begin and end on its own"),
        (TWO.replace("-----B", "  -----B"), "certificate 1 in chain.pem does not begin and end on its own"),
        (TWO.replace("-----END CERTIFICATE-----\n", "", 1), "certificate 1 in chain.pem has no -----END line"),
        (TWO[:-100], "certificate 2 in chain.pem has no -----END line"),
    ],
    ids=["glued", "one line", "carriage returns", "indented", "first without end", "cut short"],
)
def test_a_file_that_no_server_could_load_is_refused(text: str, words: str) -> None:
    """What OpenSSL cannot read would not be deployed: nothing is judged that a server would not send."""
    with pytest.raises(UsageProblem, match=words):
        pem_certificates(text.encode(), "chain.pem")


@pytest.mark.parametrize("newline", ["\n", "\r\n", " \r\n"], ids=["unix", "windows", "trailing blank"])
@pytest.mark.parametrize("start", ["", "\N{BYTE ORDER MARK}", KEY, "subject: CN=x\n"], ids=["", "bom", "key", "words"])
def test_what_openssl_reads_is_read(newline: str, start: str) -> None:
    """Line ends of Windows, a byte order mark, keys and words around the certificates are no fault."""
    text = (start + TWO + "last words").replace("\n", newline)
    assert pem_certificates(text.encode(), "chain.pem") == CHAIN


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


def test_roots_from_a_pipe_are_called_by_its_path(tmp_path: Path) -> None:
    """`--ca-file <(cat ca.pem)` has no name but a number, which says nothing in a verdict line."""
    path = tmp_path / "own.pem"
    path.write_text(pki.pem(pki.chain().roots))
    with path.open("rb") as opened:
        place = Path(f"/dev/fd/{opened.fileno()}")
        assert load_roots(place).trust.name == str(place)
    assert load_roots(path).trust.name == "own.pem"
