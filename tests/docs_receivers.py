"""The servers that blocks of the documentation need, by the name in `<!-- needs: NAME -->`.

Each is a context manager over a folder that gives the variables of its blocks: URL, HOST, PORT, EFFECTS (how
many readings there are), EFFECTS_URL (how many of one message, with placeholders), DATABASE (table readings),
CA where it speaks TLS, LOG where it writes one.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from sigcheck.demo import receiver as demo
from sigcheck.demo.authority import create_authority
from sigcheck.fleet.ledger import Line
from tests.ledgers import a_run, begin, end, result, write
from tests.servers import plain as receiver

Variables = dict[str, str]


@contextmanager
def plain(folder: Path) -> Iterator[Variables]:
    """Serve a right receiver over plain HTTP, with a log."""
    with receiver.plain(folder, right=True) as port:
        url, log = f"http://127.0.0.1:{port}/sigfox", str(folder / receiver.LOG)
        yield variables(url, folder / receiver.DATABASE) | {"LOG": log}


@contextmanager
def tls(folder: Path) -> Iterator[Variables]:
    """Serve the demo's good receiver over TLS; curl and openssl trust its authority."""
    authority = create_authority(folder, datetime.now(UTC))
    with demo.serve("good", authority, folder) as serving:
        ca = str(serving.ca_file)
        chain = {"CHAIN": str(authority.chain_file)}
        yield variables(serving.url, serving.database) | chain | {"CA": ca, "CURL_CA_BUNDLE": ca, "SSL_CERT_FILE": ca}


@contextmanager
def ledgers(folder: Path) -> Iterator[Variables]:
    """Put ledgers of a fleet that is well where the block runs: two nights, one night, and two shards."""
    here = folder.parent / "top"
    targets = {"orders": "healthy", "meters": "healthy"}
    write(here / "results.jsonl", a_run("night-01", targets), a_run("night-02", targets))
    write(here / "yesterday.jsonl", a_run("night-01", targets))
    for number, name in enumerate(targets, 1):
        lines: list[Line] = [
            begin("night-02", 1, shard=(number, 2)),
            result("night-02", name, "healthy"),
            end("night-02", 1),
        ]
        write(here / f"shard-{number}.jsonl", lines)
    yield {}


def variables(url: str, database: Path) -> Variables:
    """Give what every receiver's blocks may use."""
    parts = urlsplit(url)
    effects = f"{parts.scheme}://{parts.netloc}/effects"
    return {
        "URL": url,
        "HOST": str(parts.hostname),
        "PORT": str(parts.port),
        "EFFECTS": effects,
        "EFFECTS_URL": effects + "?device={device}&time={time}&seqNumber={seqNumber}",
        "DATABASE": str(database),
    }


RECEIVERS: dict[str, Callable[[Path], AbstractContextManager[Variables]]] = {
    "receiver": plain,
    "tls-receiver": tls,
    "ledgers": ledgers,
}
