"""The roots behind a verdict: certifi's, or those of a --ca-file. They are read from disk here, and once."""

import binascii
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from sigcheck.chain.anchors import Roots
from sigcheck.chain.certificate import Unreadable, read
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input
from sigcheck.model.chain import OWN_ROOTS, TrustSet

BLOCK = re.compile(rb"-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----(.*?)-----END \1-----", re.DOTALL)
BEGIN = re.compile(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----")
BOM = b"\xef\xbb\xbf"
MAX_FILE = 16 * 1024 * 1024
"""No bundle of roots or chain of certificates is larger, in bytes."""


def certifi_roots() -> Roots:
    """Load the roots of the installed certifi, with its version. Raises UsageProblem when the file is not there."""
    import certifi

    path = Path(certifi.where())
    fix = "reinstall certifi: pip install --force-reinstall certifi"
    return _read_once(
        path,
        lambda: _public(read_input(path, what="certifi's file", fix=fix, limit=MAX_FILE), certifi.__version__),
    )


@lru_cache(maxsize=1)
def _public(data: bytes, version: str) -> Roots:
    """Read certifi's file once for all runs of this process."""
    return Roots(pem_certificates(data, "certifi's file"), _trust("certifi", version, data), public=True)


def file_roots(path: Path) -> Roots:
    """Load the roots of a PEM file in place of certifi's. Raises UsageProblem."""
    fix = "give --ca-file a PEM file with the certificates of your CA"

    def read_anew() -> Roots:
        data = read_input(path, what="--ca-file", fix=fix, limit=MAX_FILE)
        # What a shell hands over in a pipe has no name of its own, only a number.
        return _own(data, str(path), str(path) if path.is_relative_to("/dev") else path.name)

    return _read_once(path, read_anew)


_MOST_KEPT = 16
_kept: dict[tuple[str, int, int, int, int], Roots] = {}
"""Roots by the name and the state of their file."""


def _read_once(path: Path, read_anew: Callable[[], Roots]) -> Roots:
    """Give the roots of a file without reading it again while nobody writes it: a fleet asks for them each time."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return read_anew()
    if not S_ISREG(state.st_mode):
        return read_anew()
    key = (str(path), state.st_dev, state.st_ino, state.st_size, state.st_ctime_ns)
    if key not in _kept:
        made = read_anew()
        while len(_kept) >= _MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[key] = made
    return _kept[key]


@lru_cache(maxsize=8)
def _own(data: bytes, path: str, name: str) -> Roots:
    """Read a file of roots once for all runs of this process. Raises UsageProblem."""
    ders = pem_certificates(data, path)
    for place, der in enumerate(ders, 1):
        if isinstance(broken := read(der), Unreadable):
            raise UsageProblem(
                f"certificate {place} in {path} cannot be read ({broken.reason})", "take it out of the file"
            )
    return Roots(ders, _trust(name, OWN_ROOTS, data), public=False)


def load_roots(ca_file: Path | None) -> Roots:
    """Load the roots of `ca_file`, or certifi's where None. Raises UsageProblem."""
    return certifi_roots() if ca_file is None else file_roots(ca_file)


def pem_certificates(data: bytes, name: str) -> tuple[bytes, ...]:
    """Give the DER of each certificate in PEM text, in order. `name` is what the file is called in messages.

    Raises UsageProblem for a file that is empty, not PEM, holds no certificate, or holds damaged base64.
    """
    if not data.strip():
        raise UsageProblem(f"{name} is empty", "give a PEM file: text with -----BEGIN CERTIFICATE----- in it")
    found = []
    _see_framing(data, name)
    for place, match in enumerate(BLOCK.finditer(data), 1):
        body = b"".join(b"".join(line.split()) for line in match[2].splitlines() if b":" not in line)
        try:
            found.append(binascii.a2b_base64(body, strict_mode=True) if body else b"")
        except binascii.Error as problem:
            raise UsageProblem(f"certificate {place} in {name} is damaged ({problem})", "copy the file again") from None
    if found:
        return tuple(found)
    if b"-----BEGIN" in data:
        kind = data.partition(b"-----BEGIN ")[2].partition(b"-----")[0][:40].decode("ascii", "replace")
        fix = f"take them out of it: openssl pkcs7 -in {name} -print_certs -out chain.pem"
        raise UsageProblem(
            f"{name} holds no certificate, only {kind!r}",
            fix if kind == "PKCS7" else "give the file with the certificates",
        )
    if data[:1] == b"\x30":
        raise UsageProblem(f"{name} is {_der_kind(data)}, not PEM", _DER_REMEDIES[_der_kind(data)].format(name=name))
    raise UsageProblem(f"{name} is not PEM", "give a PEM file: text with -----BEGIN CERTIFICATE----- in it")


def _see_framing(data: bytes, name: str) -> None:
    """Raise UsageProblem where BEGIN and END do not stand as OpenSSL, and so most servers, can read them."""
    for place, begin in enumerate(BEGIN.finditer(data), 1):
        block = BLOCK.match(data, begin.start())
        if block is None or b"-----BEGIN" in block[2]:
            raise UsageProblem(f"certificate {place} in {name} has no -----END line", "copy the file again, whole")
        before = data[data.rfind(b"\n", 0, begin.start()) + 1 : begin.start()]
        if before.removeprefix(BOM) or not _ends_line(data, begin.end()) or not _ends_line(data, block.end()):
            raise UsageProblem(
                f"certificate {place} in {name} does not begin and end on its own lines",
                "give -----BEGIN and -----END a line each: OpenSSL, and so nginx, Apache and HAProxy, cannot read it",
            )


def _ends_line(data: bytes, at: int) -> bool:
    end = data.find(b"\n", at)
    return not data[at : end if end >= 0 else len(data)].strip()


_DER_REMEDIES = {
    "DER": "convert it: openssl x509 -inform DER -in {name} -out chain.pem",
    "PKCS #7": "convert it: openssl pkcs7 -inform DER -in {name} -print_certs -out chain.pem",
    "PKCS #12": "take the certificates out of it: openssl pkcs12 -in {name} -nokeys -out chain.pem",
    "a key in DER": "give the file with the certificates, in PEM",
}


def _der_kind(data: bytes) -> str:
    """Tell by what its first value is which of the usual files this is, for the fix's sake."""
    head = 2 + (data[1] & 0x7F if len(data) > 1 and data[1] & 0x80 else 0)
    first = data[head : head + 3]
    if first == b"\x02\x01\x03":
        return "PKCS #12"
    return {b"\x02": "a key in DER", b"\x06": "PKCS #7"}.get(first[:1], "DER")


def _trust(name: str, version: str, data: bytes) -> TrustSet:
    return TrustSet(
        name=name,
        version=version,
        sha256=hashlib.sha256(data).hexdigest(),
        roots=len(BLOCK.findall(data)),
        released=_released(version),
    )


def _released(version: str) -> datetime | None:
    """Read the day of release out of a certifi version: 2026.10.18 is 18 October 2026; so is 2026.10.18.post1."""
    match = re.fullmatch(r"(\d{4})\.(\d{1,2})\.(\d{1,2})(?:\.post\d+)?", version)
    try:
        return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC) if match else None
    except ValueError:
        return None
