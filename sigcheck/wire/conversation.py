"""The client's side of a handshake up to the server's certificates: bytes in, bytes out, no socket."""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from sigcheck.model.handshake import HandshakePhase
from sigcheck.wire import codes
from sigcheck.wire.codes import PROTOCOLS, VERSIONS
from sigcheck.wire.hello import ClientHello
from sigcheck.wire.keys import AGREEABLE, KeyShare
from sigcheck.wire.messages import (
    ServerHello,
    read_certificate,
    read_certificate_status,
    read_encrypted_extensions,
    read_server_hello,
)
from sigcheck.wire.protection import Protection
from sigcheck.wire.records import Message, MessageStream, Record, RecordStream, WireProblem
from sigcheck.wire.schedule import Schedule, transcript_digest

# An unused share costs the server nothing; these two spare a second round trip with nearly all servers.
FIRST_GROUPS = (codes.X25519, codes.SECP256R1)
WARNINGS_CAP = 16
CLOSE_NOTIFY = bytes((codes.ALERT, 3, 3, 0, 2, 1, 0))


class AlertReceived(WireProblem):
    """The server ended the handshake with an alert; `alert` is its name, as in `handshake_failure`."""

    def __init__(self, alert: str, warnings: tuple[str, ...] = ()) -> None:
        super().__init__(f"the server ended the handshake with the alert {alert}")
        self.alert = alert
        self.warnings = warnings


class Flight(Struct, frozen=True):
    """What the server's first flight showed; `chain` is DER as sent, leaf first."""

    protocol: str
    cipher: str
    alpn: str | None
    chain: tuple[bytes, ...]
    message_size: int
    staple: bytes | None
    certificate_requested: bool
    warnings: tuple[str, ...]


class Conversation:
    """One handshake. Send `opening`, pass what is received to `receive`, send what it returns, until `flight`.

    Raises WireProblem, AlertReceived or NotTls from `receive`. `entropy(n)` gives n bytes of chance.
    """

    def __init__(self, hello: ClientHello, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy
        self._shares: dict[int, KeyShare] = {}
        if hello.versions[0] == "TLSv1.3":
            self._shares = {group: KeyShare(group, entropy) for group in FIRST_GROUPS}
            hello = self._with_shares(hello, FIRST_GROUPS)
        self._hello = hello
        self._transcript = opening = hello.message()
        self._records = RecordStream()
        self._messages = MessageStream()
        self._schedule: Schedule | None = None
        self._opener: Protection | None = None
        self._choice: ServerHello | None = None
        self._retried = False
        self._alpn: str | None = None
        self._chain: tuple[bytes, ...] | None = None
        self._size = 0
        self._staple: bytes | None = None
        self._request_body: bytes | None = None
        self._key_exchange: bytes | None = None
        self._extended = False
        self._warnings: list[str] = []
        self._reply = b""
        self.flight: Flight | None = None
        self.opening = hello.record(opening)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The alerts of level warning so far, by name."""
        return tuple(self._warnings)

    @property
    def phase(self) -> HandshakePhase:
        """How far the handshake has come: what is awaited next."""
        return HandshakePhase.HELLO if self._choice is None else HandshakePhase.CERTIFICATE

    @property
    def done(self) -> bool:
        """Whether no more needs to be read."""
        return self.flight is not None

    def receive(self, data: bytes) -> bytes:
        """Read what came; give what must be sent now, often nothing."""
        self._records.feed(data)
        self._reply = b""
        while not self.done and (record := self._records.next()) is not None:
            self._take(record)
        return self._reply

    def end(self) -> None:
        """Say that the peer closed; raises NotTls where the little that came was something else."""
        self._records.end()

    def _with_shares(self, hello: ClientHello, groups: tuple[int, ...]) -> ClientHello:
        return msgspec.structs.replace(hello, shares=tuple((group, self._shares[group].public) for group in groups))

    def _take(self, record: Record) -> None:
        kind, payload = self._open(record)
        match kind:
            case codes.ALERT:
                self._take_alert(payload)
            case codes.HANDSHAKE:
                self._messages.feed(payload)
                while not self.done and (message := self._messages.next()) is not None:
                    self._take_message(message)
            case codes.CHANGE_CIPHER_SPEC:
                self._take_change()
            case codes.APPLICATION_DATA:
                self._take_data(payload)
            case _:
                raise WireProblem(f"a record of type {kind} in the handshake")

    def _open(self, record: Record) -> tuple[int, bytes]:
        """Give the content type and the content of a record, decrypted where that is due."""
        if self._opener is None:
            return record.kind, record.payload
        # In TLS 1.3 all that is encrypted says that it is application data; in TLS 1.2 all is encrypted by now.
        if self._schedule is None or record.kind == codes.APPLICATION_DATA:
            return self._opener.open(record)
        if record.kind == codes.HANDSHAKE:
            raise WireProblem("a handshake message in the clear in TLS 1.3")
        return record.kind, record.payload

    def _take_change(self) -> None:
        # TLS 1.3 servers send one for the sake of middleboxes (RFC 8446, D.4).
        if self._choice is None and not self._retried:
            raise WireProblem(f"a record of type {codes.CHANGE_CIPHER_SPEC} in the handshake")

    def _take_data(self, payload: bytes) -> None:  # noqa: ARG002 - no handshake has any
        raise WireProblem("encrypted data before the handshake")

    def _take_alert(self, payload: bytes) -> None:
        if len(payload) < 2:
            raise WireProblem("an alert that is too short")
        level, name = payload[0], codes.alert_name(payload[1])
        # From TLS 1.3 on the level means nothing and all alerts but these two end the handshake.
        if level == 1 and payload[1] != 0 and self._schedule is None and len(self._warnings) < WARNINGS_CAP:
            self._warnings.append(name)
            return
        raise AlertReceived(name, self.warnings)

    def _take_message(self, message: Message) -> None:
        choice = self._choice
        if choice is None:
            if message.kind != codes.SERVER_HELLO:
                raise WireProblem(f"handshake message {message.kind} where a ServerHello was due")
            self._take_server_hello(read_server_hello(message.body), message.raw)
            return
        modern = choice.version == VERSIONS["TLSv1.3"]
        self._transcript += message.raw
        match message.kind:
            case codes.ENCRYPTED_EXTENSIONS if modern and not self._extended:
                self._alpn = read_encrypted_extensions(message.body)
                self._extended = True
            case codes.CERTIFICATE if self._chain is None and self._extended is modern:
                listing = read_certificate(message.body, choice.version)
                self._chain, self._staple, self._size = listing.chain, listing.staple, len(message.body)
                if modern:
                    self._show(choice)
            case codes.CERTIFICATE_STATUS if not modern and self._chain is not None:
                self._staple = read_certificate_status(message.body)
            case codes.CERTIFICATE_REQUEST if self._request_body is None:
                self._request_body = message.body
            case codes.SERVER_HELLO_DONE if not modern:
                self._show(choice)
            case codes.SERVER_KEY_EXCHANGE if not modern and self._key_exchange is None:
                self._key_exchange = message.body
            case _:
                raise WireProblem(f"handshake message {message.kind} out of order")

    def _take_server_hello(self, choice: ServerHello, raw: bytes) -> None:
        offered = {VERSIONS[version] for version in self._hello.versions}
        if choice.version not in offered:
            name = PROTOCOLS.get(choice.version, f"version 0x{choice.version:04x}")
            raise WireProblem(f"the server chose {name}, which was not offered")
        if choice.suite not in self._hello.suites:
            raise WireProblem(f"the server chose cipher suite {codes.suite_name(choice.suite)}, which was not offered")
        if choice.retry:
            self._retry(choice, raw)
            return
        self._choice = choice
        self._alpn = choice.alpn
        self._transcript += raw
        if choice.version != VERSIONS["TLSv1.3"]:
            return
        share = self._shares.get(choice.group) if choice.group is not None else None
        if share is None:
            raise WireProblem("a key_share of a group that was not offered")
        if not self._messages.empty:
            raise WireProblem("more than a ServerHello in the clear in TLS 1.3")
        transcript_digest(choice.suite, b"")
        self._schedule = Schedule(choice.suite, share.agree(choice.share), self._transcript)
        self._opener = self._schedule.server

    def _retry(self, choice: ServerHello, raw: bytes) -> None:
        """Answer a HelloRetryRequest with a second hello (RFC 8446, 4.1.2 and 4.4.1)."""
        if self._retried:
            raise WireProblem("a second HelloRetryRequest")
        self._retried = True
        digest = transcript_digest(choice.suite, self._transcript)
        hello = self._hello
        if choice.group is not None:
            if choice.group not in hello.groups or choice.group in self._shares or choice.group not in AGREEABLE:
                raise WireProblem(f"the server asks for key exchange group 0x{choice.group:04x}")
            self._shares = {choice.group: KeyShare(choice.group, self._entropy)}
            hello = self._with_shares(hello, (choice.group,))
        self._hello = msgspec.structs.replace(hello, cookie=choice.cookie)
        summary = bytes((codes.MESSAGE_HASH, 0, 0, len(digest))) + digest
        again = self._hello.message()
        self._transcript = summary + raw + again
        self._reply = self._hello.record(again)

    def _show(self, choice: ServerHello) -> None:
        if not self._chain:
            raise WireProblem("a handshake without a certificate")
        self.flight = Flight(
            protocol=PROTOCOLS[choice.version],
            cipher=codes.suite_name(choice.suite),
            alpn=self._alpn,
            chain=self._chain,
            message_size=self._size,
            staple=self._staple,
            certificate_requested=self._request_body is not None,
            warnings=self.warnings,
        )
