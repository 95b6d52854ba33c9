"""What is true of a presented certificate chain at one moment, for one host name and one set of roots."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from sigcheck.words import Mark, Own

Family = Literal["openssl", "jdk", "strict"]
"""Whose verifier: OpenSSL without the strict flag, the JDK's PKIX, or a strict RFC 5280/CABF verifier."""

Role = Literal["leaf", "intermediate", "root", "duplicate", "unrelated", "unreadable"]


class DefectKind(StrEnum):
    """Every way in which a chain can be wrong; one rule file reads each."""

    SELF_SIGNED = "self-signed"
    UNTRUSTED_ROOT = "untrusted-root"
    INCOMPLETE = "incomplete"
    INVALID = "invalid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    NAME_MISMATCH = "name-mismatch"
    WEAK_KEY = "weak-key"
    WEAK_SIGNATURE = "weak-signature"
    DISORDER = "disorder"
    CLIENT_LIMIT = "client-limit"
    STRICTNESS = "strictness"


class Certificate(Struct, frozen=True):
    """One presented certificate, described. `index` is its place in the presented order, 0 the leaf.

    Names and keys are what the server sent: hostile text until `sigcheck.redaction.redact` has seen it.
    """

    index: int
    role: Role
    subject: str
    issuer: str
    serial: Mark
    not_before: datetime | None
    not_after: datetime | None
    key: Own
    signature: Own
    sha256: Mark
    names: tuple[str, ...] = ()
    issuer_url: str | None = None
    """Where the issuer's certificate can be had (AIA caIssuers); never fetched."""


class Defect(Struct, frozen=True):
    """One defect of a chain. `message` says what was seen, whoever looks; `fix` is the one thing that is needed.

    `refused_by` names the families of clients that refuse the chain for this; () is a remark.
    `certificate` is the index of the presented certificate, None for the chain as a whole.
    `clients` says in a clause why they refuse, as "a JDK client accepts at most 10", where that is more than that
    they do. `turns` is the moment at which a certificate expires or becomes valid, where that is the defect.
    """

    kind: DefectKind
    message: Own
    refused_by: tuple[Family, ...]
    fix: Own = ""
    certificate: int | None = None
    never_issued: bool = False
    """No public CA would issue such a certificate, whatever lenient clients accept."""
    clients: Own = ""
    turns: datetime | None = None

    @property
    def said(self) -> str:
        """What was seen, and why clients refuse that."""
        return f"{self.message}; {self.clients}" if self.clients else self.message


class ClientVerdict(Struct, frozen=True):
    """What one family of clients makes of the chain. `measured`: the client itself was run on it."""

    family: Family
    accepts: bool
    reason: Own
    measured: bool = False


OWN_ROOTS = "own roots"
"""The version of roots that were given in a file, in place of the public ones."""


class TrustSet(Struct, frozen=True):
    """The roots that stood behind a verdict. `sha256` is over the PEM file's bytes."""

    name: Own
    version: Own
    sha256: Own
    roots: int
    released: datetime | None = None

    @property
    def own(self) -> bool:
        """Whether they were given in a file: nobody knows which clients have them."""
        return self.version == OWN_ROOTS

    @property
    def counted(self) -> str:
        """How many roots there are, in words."""
        return f"{self.roots} root{'' if self.roots == 1 else 's'}"


class Anchor(Struct, frozen=True):
    """A trusted root that the certificates that were sent lead to. `since` is the start of its validity."""

    name: Own
    sha256: Own
    since: datetime


class ChainFacts(Struct, frozen=True):
    """What is true of the chain at `observed_at` for `host`, against `trust`.

    `path` describes the best path found, leaf first, trust anchor last; empty where there is none.
    `expires_at` is the first expiry on that path; `lifetime_days` the leaf's whole validity.
    """

    host: str
    observed_at: datetime
    trust: TrustSet
    certificates: tuple[Certificate, ...]
    path: tuple[Own, ...]
    anchor: Own | None
    defects: tuple[Defect, ...]
    verdicts: tuple[ClientVerdict, ...]
    expires_at: datetime | None = None
    lifetime_days: float | None = None
    anchors: tuple[Anchor, ...] = ()
    """Every root that valid certificates among those sent lead to, that of the best path first; a few at most."""
