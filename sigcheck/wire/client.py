"""A whole connection as a JDK 17 makes it: the handshake to its end, a request, and the start of the answer."""

import hmac
from collections.abc import Callable
from typing import Final

from sigcheck.model.handshake import HandshakePhase
from sigcheck.wire import codes
from sigcheck.wire.codes import VERSIONS
from sigcheck.wire.conversation import AlertReceived, Conversation
from sigcheck.wire.hello import ClientHello
from sigcheck.wire.messages import Reader, ServerHello
from sigcheck.wire.problems import BadFinished, KeyMismatch
from sigcheck.wire.protection import PLAIN_CAP, Protection
from sigcheck.wire.records import Message, Record, WireProblem
from sigcheck.wire.schedule import Traffic, transcript_digest
from sigcheck.wire.signatures import LeafKey, leaf_key
from sigcheck.wire.tls12 import Tls12

ANSWER_CAP: Final = 16384
"""Bytes of an answer that are kept: a status line and its headers."""
KEY_UPDATES_CAP: Final = 32
CHANGE: Final = bytes((codes.CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1))
CLOSE: Final = b"\x01\x00"
PROOF: Final = b" " * 64 + b"TLS 1.3, server CertificateVerify\0"
DOWNGRADED: Final = b"DOWNGRD\x01"
"""RFC 8446, 4.1.3: a server that could speak TLS 1.3 was asked for TLS 1.2. A JDK ends the handshake there."""
# With RSA key transport a server of another key reads another secret, and fails at what it opens with it.
_CANNOT_READ: Final = ("bad_record_mac", "decrypt_error", "decryption_failed")


class Client(Conversation):
    """One connection. Send `opening`, pass what comes to `receive`, send what it returns, until `finished`.

    Then `request` seals what is to be asked, and `answer` collects the start of what comes back. Raises as
    Conversation does, and KeyMismatch, BadFinished and CertificateUnusable. No session is ever resumed: a
    ticket that the server sends is let fall.
    """

    def __init__(self, hello: ClientHello, entropy: Callable[[int], bytes]) -> None:
        super().__init__(hello, entropy)
        self._key: LeafKey | None = None
        self._old: Tls12 | None = None
        self._coming: Protection | None = None
        """What opens the server's records of TLS 1.2 from its ChangeCipherSpec on."""
        self._proven = False
        self._changed = False
        self._updates = 0
        self._sealer: Protection | None = None
        self.finished = False
        self.closed = False
        """Whether the server said that it sends nothing more."""
        self.answer = b""

    @property
    def phase(self) -> HandshakePhase:
        """How far the handshake has come: what is awaited next."""
        if self.flight is None:
            return super().phase
        if self.finished:
            return HandshakePhase.REQUEST
        return HandshakePhase.FINISHED if self._proven else HandshakePhase.KEY_EXCHANGE

    @property
    def done(self) -> bool:
        """Whether no more needs to be read: never before the server closes."""
        return self.closed

    def request(self, data: bytes) -> bytes:
        """Seal application data. Only for a handshake that is `finished`."""
        if self._sealer is None:
            raise WireProblem("no request can be sent before the handshake is finished")
        parts = [data[start : start + PLAIN_CAP] for start in range(0, len(data), PLAIN_CAP)]
        return b"".join(self._sealer.seal(codes.APPLICATION_DATA, part) for part in parts)

    def farewell(self) -> bytes:
        """Say close_notify, sealed once there are keys."""
        if self._sealer is None:
            return bytes((codes.ALERT, 3, 3, 0, 2)) + CLOSE
        return self._sealer.seal(codes.ALERT, CLOSE)

    def _open(self, record: Record) -> tuple[int, bytes]:
        try:
            return super()._open(record)
        except WireProblem as problem:
            if self._old is None or self.finished:
                raise
            if self._transported:
                raise KeyMismatch("it cannot have read the secret that was encrypted for it") from problem
            raise BadFinished("the server's Finished message does not open: its keys are not ours") from problem

    def _take_alert(self, payload: bytes) -> None:
        try:
            super()._take_alert(payload)
        except AlertReceived as problem:
            if self.finished and problem.alert == "close_notify":
                self.closed = True
                return
            if self.phase is HandshakePhase.FINISHED and self._transported and problem.alert in _CANNOT_READ:
                words = f"it could not read what was encrypted for it (alert {problem.alert})"
                raise KeyMismatch(words, problem.alert) from problem
            raise

    @property
    def _transported(self) -> bool:
        return self._old is not None and self._old.suite.exchange == "RSA"

    def _take_change(self) -> None:
        if self._old is None:
            super()._take_change()
            return
        if not self._proven or self._changed or not self._messages.empty:
            raise WireProblem("a ChangeCipherSpec out of order")
        self._changed = True
        self._opener = self._coming

    def _take_data(self, payload: bytes) -> None:
        if not self.finished:
            super()._take_data(payload)
        self.answer += payload[: max(0, ANSWER_CAP - len(self.answer))]

    def _take_server_hello(self, choice: ServerHello, raw: bytes) -> None:
        super()._take_server_hello(choice, raw)
        if choice.compression != 0:
            raise WireProblem(f"the server chose compression method {choice.compression}, which was not offered")
        # A JDK lets a session id of TLS 1.3 pass that is not the echo of its own (measured).
        if choice.version == VERSIONS["TLSv1.3"]:
            return
        if choice.random.endswith(DOWNGRADED) and self._hello.versions[0] == "TLSv1.3":
            raise WireProblem("the server could speak TLS 1.3 and was asked for TLS 1.2: something changed the hello")
        if choice.renegotiation not in (None, b"\0"):
            raise WireProblem("a renegotiation_info of a first handshake that is not empty")
        self._old = Tls12(self._hello, choice, self._entropy)

    def _take_message(self, message: Message) -> None:
        if self._old is not None and message.kind == codes.HELLO_REQUEST and not message.body:
            return  # RFC 5246, 7.4.1.1: left unanswered, and no part of the transcript
        if self.flight is None:
            super()._take_message(message)
            return
        before = self._transcript
        if not self.finished:
            self._transcript += message.raw
        if self._old is None:
            self._take_modern(message, before)
        else:
            self._take_old(message, before, self._old)

    def _show(self, choice: ServerHello) -> None:
        """Go on behind the certificate: in TLS 1.2 it is our turn, in TLS 1.3 the server's."""
        super()._show(choice)
        self._key = key = leaf_key((self._chain or (b"",))[0])
        old = self._old
        if old is None:
            return
        answer, secret = old.exchange(key, self._key_exchange)
        said = _message(codes.CERTIFICATE, bytes(3)) if self._request_body is not None else b""
        said += _message(codes.CLIENT_KEY_EXCHANGE, answer)
        self._transcript += said
        self._sealer, self._coming = old.derive(secret, self._transcript)
        finished = _message(codes.FINISHED, old.finished(b"client finished", self._transcript))
        self._transcript += finished
        self._reply += _clear(said) + CHANGE + self._sealer.seal(codes.HANDSHAKE, finished)
        self._proven = True

    def _take_old(self, message: Message, before: bytes, old: Tls12) -> None:
        match message.kind:
            case codes.NEW_SESSION_TICKET if not self._changed:
                pass
            case codes.FINISHED if self._changed and not self.finished:
                if not hmac.compare_digest(message.body, old.finished(b"server finished", before)):
                    raise BadFinished("the server's Finished message does not belong to this handshake")
                self.finished = True
            case _:
                raise WireProblem(f"handshake message {message.kind} out of order")

    def _take_modern(self, message: Message, before: bytes) -> None:
        match message.kind:
            case codes.CERTIFICATE_VERIFY if not self._proven:
                self._verify(message.body, before)
            case codes.FINISHED if self._proven and not self.finished:
                self._finish_modern(message, before)
            case codes.NEW_SESSION_TICKET if self.finished:
                pass
            case codes.KEY_UPDATE if self.finished:
                self._update(message.body)
            case _:
                raise WireProblem(f"handshake message {message.kind} out of order")

    def _verify(self, body: bytes, before: bytes) -> None:
        assert self._key is not None  # noqa: S101 - read with the certificate
        assert self._choice is not None  # noqa: S101
        reader = Reader(body, "CertificateVerify")
        scheme, signature = reader.number(2), reader.vector(2)
        signed = PROOF + transcript_digest(self._choice.suite, before)
        self._key.check(scheme, signature, signed, offered=self._hello.signatures, modern=True)
        self._proven = True

    def _finish_modern(self, message: Message, before: bytes) -> None:
        """Check the server's Finished, send ours, and change to the keys of the application."""
        schedule = self._schedule
        assert schedule is not None  # noqa: S101 - the messages were opened with it
        if not hmac.compare_digest(message.body, schedule.server.finished(before)):
            raise BadFinished("the server's Finished message does not belong to this handshake")
        if not self._messages.empty:
            raise WireProblem("more in the record that changes the keys")
        client, server = schedule.application(self._transcript)
        said = b""
        if self._request_body is not None:
            context = Reader(self._request_body, "CertificateRequest").vector(1)
            said = _message(codes.CERTIFICATE, len(context).to_bytes(1) + context + bytes(3))
        said += _message(codes.FINISHED, schedule.client.finished(self._transcript + said))
        # For the sake of middleboxes, as a JDK sends it too (RFC 8446, D.4).
        self._reply += CHANGE + schedule.client.seal(codes.HANDSHAKE, said)
        self._opener, self._sealer = server, client
        self.finished = True

    def _update(self, body: bytes) -> None:
        """Follow a KeyUpdate, and answer it where that is asked for (RFC 8446, 4.6.3)."""
        self._updates += 1
        if self._updates > KEY_UPDATES_CAP:
            raise WireProblem(f"more than {KEY_UPDATES_CAP} KeyUpdates")
        if body not in (b"\0", b"\x01") or not self._messages.empty:
            raise WireProblem("a malformed KeyUpdate")
        opener, sealer = self._opener, self._sealer
        assert isinstance(opener, Traffic)  # noqa: S101 - set when finished
        assert isinstance(sealer, Traffic)  # noqa: S101
        opener.update()
        if body == b"\x01":
            self._reply += sealer.seal(codes.HANDSHAKE, _message(codes.KEY_UPDATE, b"\0"))
            sealer.update()


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3) + body


def _clear(said: bytes) -> bytes:
    """Put handshake messages into records that are not protected."""
    parts = [said[start : start + PLAIN_CAP] for start in range(0, len(said), PLAIN_CAP)]
    return b"".join(bytes((codes.HANDSHAKE, 3, 3)) + len(part).to_bytes(2) + part for part in parts)
