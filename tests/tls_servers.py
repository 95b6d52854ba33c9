"""TLS servers on port 0 of 127.0.0.1: real ones made with Python's ssl, and scripts on a bare socket.

    with tls_server(context) as server:
        facts = look(server)

All threads have ended when the context is left. Every connection that was accepted is counted.
"""

import asyncio
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from sigcheck.demo.authority import Authority, create_authority
from sigcheck.model.chain import TrustSet
from sigcheck.model.handshake import Handshake, HandshakeFailure, TlsFacts
from sigcheck.probes.tls import examine

TRUST = TrustSet(name="tests", version="1", sha256="0" * 64, roots=1)
HOST = "localhost"


@dataclass
class Server:
    """A running server: `connections` counts those accepted, `hellos` holds the first bytes of scripted ones."""

    port: int
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    sockets: list[socket.socket] = field(default_factory=list)


@contextmanager
def listening(serve: Callable[[Server, socket.socket], None]) -> Iterator[Server]:
    """Run `serve` on a thread of its own for every connection."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(32)
    server = Server(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def converse(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(20)
            serve(server, connection)

    def accept() -> None:
        while not server.stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if server.stopping.is_set():
                connection.close()
                return
            server.connections += 1
            thread = threading.Thread(target=converse, args=(connection,))
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield server
    finally:
        server.stopping.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=5):
            pass
        acceptor.join(10)
        listener.close()
        for thread in threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in threads), "a server thread outlived its test"


@contextmanager
def tls_server(context: ssl.SSLContext) -> Iterator[Server]:
    """Serve handshakes with Python's ssl; after one, wait for the peer to go."""

    def serve(_: Server, connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(1024)

    with listening(serve) as server:
        yield server


@contextmanager
def scripted(script: Callable[[Server, socket.socket], None]) -> Iterator[Server]:
    """Read a hello, then follow the script on the bare socket."""

    def serve(server: Server, connection: socket.socket) -> None:
        connection.recv(65536)
        script(server, connection)

    with listening(serve) as server:
        yield server


def reset(connection: socket.socket) -> None:
    """Close with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def context_of(
    authority: Authority,
    *,
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ciphers: str | None = None,
) -> ssl.SSLContext:
    """Make a server context over a range of versions; the old ones need security level 0."""
    context = authority.server_context()
    if ciphers or oldest < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers(ciphers or "ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = oldest
        context.maximum_version = newest
    return context


def authority(directory: Path) -> Authority:
    """Make a private authority with a good leaf for localhost and 127.0.0.1."""
    directory.mkdir(parents=True, exist_ok=True)
    return create_authority(directory, datetime.now(UTC))


def self_signed(directory: Path, *, kind: str = "rsa", padding: int = 0) -> Authority:
    """Make one self-signed leaf for localhost: rsa, ec or dsa; `padding` bytes in an extension make it large."""
    makers: dict[str, Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey]] = {
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ec": lambda: ec.generate_private_key(ec.SECP256R1()),
        "dsa": lambda: dsa.generate_private_key(2048),
    }
    key = makers[kind]()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=7))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    )
    if padding:
        filler = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), bytes(padding))
        builder = builder.add_extension(filler, critical=False)
    directory.mkdir(parents=True, exist_ok=True)
    made = Authority(directory / "ca.pem", directory / "ca.pem", directory / "key.pem")
    made.ca_file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    made.key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


def chain_of(made: Authority) -> tuple[bytes, ...]:
    """Give the chain as the server must present it, DER."""
    return tuple(
        certificate.public_bytes(serialization.Encoding.DER)
        for certificate in x509.load_pem_x509_certificates(made.chain_file.read_bytes())
    )


def look(
    port: int,
    roots: str,
    *,
    host: str = HOST,
    addresses: tuple[str, ...] = ("127.0.0.1",),
    deadline: float = 5.0,
) -> TlsFacts:
    """Examine a local server."""
    return asyncio.run(examine(host, port, addresses, roots, trust=TRUST, deadline=deadline))


def shaken(facts: TlsFacts, index: int = 0) -> Handshake:
    """Give a handshake that must have shown a chain."""
    outcome = facts.handshakes[index]
    assert isinstance(outcome, Handshake), outcome
    return outcome


def failed(facts: TlsFacts, index: int = 0) -> HandshakeFailure:
    """Give a handshake that must have failed."""
    outcome = facts.handshakes[index]
    assert isinstance(outcome, HandshakeFailure), outcome
    return outcome
