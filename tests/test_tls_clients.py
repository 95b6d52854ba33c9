"""The corpus over real handshakes with curl, openssl s_client and a JDK: our model of them is held against them."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sigcheck.chain import describe
from tests import clients, pki, tls_table
from tests.chains import roots_of
from tests.corpus import Case, cases
from tests.system import missing
from tests.tls_servers import tls_server

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def machine() -> Iterator[clients.Jdk]:
    """One JVM for all handshakes."""
    absent = clients.missing()
    if absent:
        missing(absent[0])
    with clients.jdk() as jdk:
        yield jdk


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_real_clients_decide_as_our_model_of_them_says(case: Case, machine: clients.Jdk, tmp_path: Path) -> None:
    """Each client decides as its family does, or the case says why not; a needless explanation is wrong too."""
    chain = case.make(datetime.now(UTC))
    said = clients.ask_all(chain, tmp_path, machine)
    facts = describe(chain.presented, roots_of(chain), chain.host, chain.at, staple=chain.staple)
    model = {verdict.family: verdict.accepts for verdict in facts.verdicts}
    differ = {name for name, answer in said.items() if answer.accepts is not model[clients.FAMILY[name]]}
    assert differ == set(case.explained), {name: answer.words for name, answer in said.items()}
    assert tls_table.row(case, {name: answer.accepts for name, answer in said.items()}) in tls_table.committed()


ALSO_IN_TLS_1_3 = (
    "good", "incomplete", "leaf-expired", "name-other", "usage-no-digital-signature", "usage-encipherment-only",
    "usage-nothing-for-tls", "key-rsa-1024", "key-p224", "key-ed25519", "signature-sha1", "root-expired", "deep-ten",
)  # fmt: skip


@pytest.mark.parametrize("name", ALSO_IN_TLS_1_3)
def test_tls_1_3_makes_no_difference_to_the_model(name: str, machine: clients.Jdk, tmp_path: Path) -> None:
    """Against a server of TLS 1.3 alone each client decides as the model says."""
    case = next(case for case in cases() if case.id == name)
    chain = case.make(datetime.now(UTC))
    (tmp_path / "chain.pem").write_text(pki.pem(chain.presented))
    (tmp_path / "key.pem").write_bytes(chain.private_pem)
    (tmp_path / "roots.pem").write_text(pki.pem(chain.roots))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    with tls_server(context) as server:
        openssl = clients.s_client(server.port, tmp_path / "roots.pem", chain.host)
        jdk = machine.ask(server.port, tmp_path / "roots.pem", chain.host)
    refused = ("" if openssl.accepts else "o") + ("" if jdk.accepts else "j")
    assert refused == case.refused.removesuffix("s"), (openssl.words, jdk.words)


def test_the_committed_table_has_a_row_for_each_case_and_no_other() -> None:
    """docs/tls-clients.md lists the corpus as it is."""
    rows = [line.split(" | ")[0].strip("| ") for line in tls_table.committed() if line.startswith("| `")]
    assert rows == [f"`{case.id}`" for case in cases()]
