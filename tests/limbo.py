"""The server cases of x509-limbo, and what several verifiers make of them. The data is not part of the project."""

import json
import lzma
import os
import re
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sigcheck.chain import Roots, describe
from sigcheck.model.chain import ChainFacts, TrustSet
from sigcheck.rules._chain import home
from sigcheck.trust import pem_certificates
from tests import java

NAME = "shared/data/x509-limbo-server.json.xz"
BESIDE = (parent / NAME for parent in Path(__file__).parents[2:])
"""The data lies in a folder beside the checkout, or beside the folder of its worktrees."""

DATA = Path(os.environ.get("SIGCHECK_LIMBO") or next((path for path in BESIDE if path.is_file()), Path("..") / NAME))
EXPORTS = ("--add-exports", "java.base/sun.security.util=ALL-UNNAMED")
TRUST = TrustSet(name="x509-limbo", version="1", sha256="", roots=1)


@dataclass(frozen=True)
class Vector:
    """One case of x509-limbo."""

    id: str
    good: bool
    host: str
    at: datetime
    chain: tuple[str, ...]
    roots: tuple[str, ...]


@dataclass(frozen=True)
class Opinion:
    """What sigcheck makes of a case: whether a `must` rule fails, and what it thinks of the two families."""

    accepts: bool
    openssl: bool
    jdk: bool
    facts: ChainFacts


def data_there() -> bool:
    """Say whether the data is on this machine."""
    return DATA.is_file()


def vectors() -> list[Vector]:
    """Read the cases; those without a time are judged for now."""
    with lzma.open(DATA) as file:
        cases = json.load(file)["cases"]
    now = datetime.now(UTC)
    return [
        Vector(
            id=case["id"],
            good=case["expected"] == "SUCCESS",
            host=case["host"] or "example.com",
            at=datetime.fromisoformat(case["time"]) if case["time"] else now,
            chain=tuple(case["chain"]),
            roots=tuple(case["roots"]),
        )
        for case in cases
    ]


def ders(pems: tuple[str, ...]) -> tuple[bytes, ...]:
    """Decode PEM texts."""
    return tuple(der for pem in pems for der in pem_certificates(pem.encode(), "the vector"))


def ours(vector: Vector) -> Opinion:
    """Let sigcheck judge one case."""
    roots = Roots(ders(vector.roots), TRUST, public=False)
    facts = describe(ders(vector.chain), roots, vector.host, vector.at, live=False)
    accepted = {verdict.family: verdict.accepts for verdict in facts.verdicts}
    levels = [home(defect, facts)[1] for defect in facts.defects]
    return Opinion("must" not in levels, accepted["openssl"], accepted["jdk"], facts)


def openssl(vector: Vector, folder: Path) -> bool:
    """Let `openssl verify` judge one case, at level 2 and for a TLS server."""
    (folder / "leaf.pem").write_text(vector.chain[0])
    (folder / "chain.pem").write_text("\n".join(vector.chain))
    (folder / "roots.pem").write_text("\n".join(vector.roots))
    check = "-verify_ip" if re.fullmatch(r"[0-9.]+|.*:.*", vector.host) else "-verify_hostname"
    command = ["openssl", "verify", "-purpose", "sslserver", "-auth_level", "2", check, vector.host]
    command += ["-attime", str(int(vector.at.timestamp())), "-no-CApath", "-no-CAstore"]
    command += ["-CAfile", str(folder / "roots.pem"), "-untrusted", str(folder / "chain.pem"), str(folder / "leaf.pem")]
    return subprocess.run(command, capture_output=True, timeout=60).returncode == 0


def strict(vector: Vector) -> bool:
    """Let `cryptography` judge one case."""
    import ipaddress

    from cryptography import x509
    from cryptography.x509 import verification

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            store = verification.Store([x509.load_pem_x509_certificate(pem.encode()) for pem in vector.roots])
            certs = [x509.load_pem_x509_certificate(pem.encode()) for pem in vector.chain]
            address = re.fullmatch(r"[0-9.]+|.*:.*", vector.host)
            name = x509.IPAddress(ipaddress.ip_address(vector.host)) if address else x509.DNSName(vector.host)
            builder = verification.PolicyBuilder().store(store).time(vector.at.astimezone(UTC).replace(tzinfo=None))
            builder.build_server_verifier(name).verify(certs[0], certs[1:])
    except (verification.VerificationError, ValueError, TypeError, x509.DuplicateExtension):
        return False
    except x509.UnsupportedGeneralNameType:
        return False
    return True


def jdk(cases: list[Vector], folder: Path) -> Iterator[tuple[bool, str]]:
    """Let the JDK's trust manager judge all cases, in one JVM."""
    lines = []
    for place, vector in enumerate(cases):
        chain, roots = folder / f"{place}.chain", folder / f"{place}.roots"
        chain.write_text("\n".join(vector.chain))
        roots.write_text("\n".join(vector.roots))
        lines.append(f"{chain}\t{roots}\t{vector.host}\t{int(vector.at.timestamp())}")
    done = subprocess.run(
        ["java", *java.QUICK, *EXPORTS, "-cp", str(java.classes("Offline", "-nowarn", *EXPORTS)), "Offline"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    for line in done.stdout.splitlines()[1:]:
        verdict, _, words = line.partition("\t")
        yield verdict == "accept", words
