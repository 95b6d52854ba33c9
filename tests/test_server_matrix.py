"""Real servers over TLS: a right receiver behind each passes every rule, a broken one fails the one that it should."""

from datetime import UTC, datetime

import pytest

from sigcheck.demo.authority import create_authority
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
    # Apache's workers and PHP's are other users: pytest's folders admit their owner alone.
    authority = create_authority(tmp_path, datetime.now(UTC))

    def serve(name, right, options):
        try:
            with SERVERS[name].serve(authority, tmp_path, right) as port:
                return verify(authority, port, *options)
        except LookupError as error:
            missing(str(error.args[0]))

    return serve


@pytest.mark.parametrize("name", SERVERS)
def test_right_receiver_passes_behind_every_server(serve, name):
    """No rule fails on a receiver with a unique key, whichever server speaks TLS and HTTP for it."""
    found = serve(name, True, RIGHT)
    assert (found.found, found.exit_code, found.undecided) == ((), 0, ("dedup-window",)), found.summaries
    # A pass of the rules that need a handshake, an answer and a count: none of the three was missing.
    assert {"tls-handshake-failed", "response-malformed", "dedup-duplicate", "dedup-race"} <= set(found.examined)


@pytest.mark.parametrize("name", SERVERS)
def test_broken_receiver_is_found_out_behind_every_server(serve, name):
    """Exactly `dedup-duplicate` fails on a receiver that stores every delivery."""
    found = serve(name, False, BROKEN)
    assert (found.found, found.exit_code) == (("dedup-duplicate",), 1), found.summaries
