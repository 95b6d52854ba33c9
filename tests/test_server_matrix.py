"""Real servers over TLS: a right receiver behind each passes every rule, a broken one fails the one that it should."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from sigcheck.demo.authority import create_authority
from tests.servers.proxies import MissingProgramError
from tests.servers.table import SERVERS
from tests.servers.verify import verify
from tests.system import missing

pytestmark = pytest.mark.system
RIGHT = ("--samples", "4")
# What distinguishes a broken receiver, quickly: the page runs every rule on it.
BROKEN = ("--samples", "2", "--only", "response,retry,dedup-duplicate,dedup-lost")


@pytest.fixture
def serve(tmp_path):
    """Give a function that serves a receiver behind a server of the table and verifies it."""

    def serve(name, right, options):
        folder = tmp_path / ("right" if right else "broken")
        folder.mkdir()
        authority = create_authority(folder, datetime.now(UTC))
        with SERVERS[name].serve(authority, folder, right) as port:
            return verify(authority, port, *options)

    return serve


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_with_a_right_and_a_broken_receiver(serve, name):
    """No rule fails on a receiver with a unique key, and only `dedup-duplicate` on one that stores every delivery."""
    # Both wait most of the time.
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(serve, name, True, RIGHT), pool.submit(serve, name, False, BROKEN)]
    try:
        right, broken = [job.result() for job in jobs]
    except MissingProgramError as error:
        missing(str(error))
    assert (right.found, right.exit_code, right.undecided) == ((), 0, ("dedup-window",)), right.summaries
    # Passes of rules that need a handshake, an answer (by HTTP/1.0 as well) and a count: none was missing.
    needed = {"tls-handshake-failed", "response-malformed", "response-http10", "dedup-duplicate", "dedup-race"}
    assert needed <= set(right.examined)
    assert (broken.found, broken.exit_code) == (("dedup-duplicate",), 1), broken.summaries
