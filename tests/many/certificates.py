"""The certificates of the test bed, below one private root: one wildcard for each shape, and one for each defect."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import pki
from tests.many.plan import DOMAIN, KINDS, LENGTHS, Endpoint

CA = "ca.pem"
PROTECTED = 0o600


def write(folder: Path, now: datetime | None = None) -> None:
    """Write the root as CA, and NAME.chain and NAME.key for each name that `name_of` gives."""
    now = datetime.now(UTC) if now is None else now
    top = pki.root("Fleet Root", now)
    upper = pki.intermediate(top, "Fleet Upper CA", now, path_length=1)
    lower = pki.intermediate(upper, "Fleet Lower CA", now)
    middle = pki.intermediate(top, "Fleet CA", now)
    stranger = pki.root("Stranger Root", now)
    names: dict[str, Any] = {"names": pki.dns(f"*.{DOMAIN}"), "now": now}
    above = {1: (top, ()), 2: (middle, (middle,)), 3: (lower, (lower, upper))}
    for length, kind in ((length, kind) for length in LENGTHS for kind in KINDS):
        issuer, sent = above[length]
        usage = ("digital_signature", "key_encipherment") if kind.startswith("rsa") else ("digital_signature",)
        leaf = pki.leaf(issuer, f"leaf {length} {kind}", kind=kind, usage=usage, **names)
        _keep(folder, f"{length}-{kind}", (leaf, *sent))
    _keep(folder, "expired", (pki.leaf(middle, "expired", start=-90, days=80, **names), middle))
    _keep(folder, "not-yet-valid", (pki.leaf(middle, "not yet", start=3, days=80, **names), middle))
    _keep(folder, "self-signed", (pki.leaf(None, "self-signed", aia=None, **names),))
    below = pki.intermediate(stranger, "Stranger CA", now)
    # With its root: without it, the certificate that is missing would be what is wrong.
    _keep(folder, "untrusted-root", (pki.leaf(below, "untrusted", **names), below, stranger))
    _keep(folder, "missing-intermediate", (pki.leaf(middle, "incomplete", **names),))
    other: dict[str, Any] = {"names": pki.dns("*.elsewhere.test"), "now": now}
    _keep(folder, "name-mismatch", (pki.leaf(middle, "elsewhere", **other), middle))
    (folder / CA).write_text(top.pem)


def name_of(endpoint: Endpoint) -> str:
    """Give the name of the chain that an endpoint sends."""
    own = {"expired", "not-yet-valid", "self-signed", "untrusted-root", "missing-intermediate", "name-mismatch"}
    return endpoint.way if endpoint.way in own else f"{endpoint.length}-{endpoint.kind}"


def chain_file(folder: Path, endpoint: Endpoint) -> Path:
    """Give the file of the chain, PEM."""
    return folder / f"{name_of(endpoint)}.chain"


def key_file(folder: Path, endpoint: Endpoint) -> Path:
    """Give the file of the key, PEM."""
    return folder / f"{name_of(endpoint)}.key"


def _keep(folder: Path, name: str, chain: Sequence[pki.Issued]) -> None:
    (folder / f"{name}.chain").write_text("".join(each.pem for each in chain))
    served = pki.served({"leaf": chain[0]}, serve=("leaf",), trust=())
    key = folder / f"{name}.key"
    key.touch(PROTECTED)
    key.write_bytes(served.private_pem)
