"""A throw-away certificate authority: root, intermediate, and a leaf for localhost and 127.0.0.1."""

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Long enough that nothing "expires soon" in a demo, short enough that a forgotten file is worthless.
LIFETIME = timedelta(days=7)
# A certificate made this very second is "not yet valid" for a peer whose clock is a little behind.
BACKDATED = timedelta(hours=1)


@dataclass(frozen=True)
class Authority:
    """The PEM files of one private authority.

    `ca_file` holds the root alone, for `--ca-file`; `chain_file` the leaf and then its intermediate, as a
    server must present them; `key_file` the key of the leaf, readable by its owner only.
    """

    ca_file: Path
    chain_file: Path
    key_file: Path

    def server_context(self) -> ssl.SSLContext:
        """Make a server-side context that presents the whole chain (TLS 1.2 and newer)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.chain_file, self.key_file)
        return context


@dataclass(frozen=True)
class _Issuer:
    """A certificate with the key that signs the next one down."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def create_authority(directory: Path, now: datetime) -> Authority:
    """Make root, intermediate and leaf, valid from an hour before `now`, and write them into `directory`.

    `now` is aware (UTC). Raises OSError where the directory cannot be written.
    The keys of root and intermediate are never written: nobody can sign with this authority afterwards.
    """
    root = _certificate("sigcheck demo root", None, now, path_length=1)
    intermediate = _certificate("sigcheck demo intermediate", root, now, path_length=0)
    leaf = _certificate("localhost", intermediate, now, path_length=None)

    authority = Authority(directory / "ca.pem", directory / "chain.pem", directory / "key.pem")
    authority.ca_file.write_bytes(_pem(root))
    authority.chain_file.write_bytes(_pem(leaf) + _pem(intermediate))
    authority.key_file.touch(mode=0o600)
    authority.key_file.write_bytes(
        leaf.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return authority


def _pem(issuer: _Issuer) -> bytes:
    return issuer.certificate.public_bytes(serialization.Encoding.PEM)


def _certificate(name: str, issuer: _Issuer | None, now: datetime, path_length: int | None) -> _Issuer:
    """Make a certificate as RFC 5280 asks; `path_length` None makes a leaf, `issuer` None a root."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_authority = path_length is not None
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=path_length), critical=True)
        .add_extension(_key_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
        builder = builder.add_extension(names, critical=False).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    return _Issuer(builder.sign(signer, hashes.SHA256()), key)


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
