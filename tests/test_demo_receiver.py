"""The embedded receivers of the demo do what the demo says of them."""

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from ipaddress import IPv4Address

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from sigcheck.demo.authority import create_authority
from sigcheck.demo.receiver import read_uplink, serve

UPLINK = {"device": "51C0DE", "time": 1_795_000_000, "seqNumber": 7, "data": "0102"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Make one throw-away authority for all tests here."""
    return create_authority(tmp_path_factory.mktemp("authority"), datetime.now(UTC))


def request(serving, url, body=None):
    """Send one request that trusts the demo's authority alone, and return status and body."""
    context = ssl.create_default_context(cafile=serving.ca_file)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    content = None if body is None else json.dumps(body).encode() if isinstance(body, dict) else body
    asked = urllib.request.Request(url, content, {"Content-Type": "application/json"})
    try:
        with opener.open(asked, timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def count(serving, uplink=None):
    """Read the number of readings of `uplink`, or of all."""
    url = serving.effects_url.split("?")[0]
    if uplink:
        url = serving.effects_url.format(**uplink)
    return json.loads(request(serving, url)[1])["count"]


def settled(serving, uplink, expected):
    """Read the count until it has reached `expected`, or for 5 s."""
    limit = time.monotonic() + 5
    while (found := count(serving, uplink)) < expected and time.monotonic() < limit:
        threading.Event().wait(0.02)
    return found


def test_good_receiver_stores_one_reading_of_four_deliveries(authority, tmp_path):
    """Four identical deliveries are all acknowledged and leave one reading, also after the worker is done."""
    with serve("good", authority, tmp_path) as serving:
        statuses = [request(serving, serving.url, UPLINK)[0] for _ in range(4)]
        other = UPLINK | {"seqNumber": 8, "time": 1_795_000_060}
        request(serving, serving.url, other)
        assert statuses == [204] * 4
        # The inbox is worked off in order: once the later message is there, the first is done for good.
        assert settled(serving, other, 1) == 1
        assert count(serving, UPLINK) == 1
        assert count(serving) == 2


def test_bad_receiver_stores_each_delivery(authority, tmp_path):
    """The naive receiver acknowledges each delivery and stores each."""
    with serve("bad", authority, tmp_path) as serving:
        statuses = [request(serving, serving.url, UPLINK)[0] for _ in range(4)]
        assert statuses == [204] * 4
        assert count(serving, UPLINK) == 4


def test_good_receiver_takes_up_the_inbox_after_a_restart(authority, tmp_path):
    """A message is known again, and not stored again, by a new receiver on the same database."""
    with serve("good", authority, tmp_path) as serving:
        request(serving, serving.url, UPLINK)
        assert settled(serving, UPLINK, 1) == 1
    with serve("good", authority, tmp_path) as serving:
        request(serving, serving.url, UPLINK)
        other = UPLINK | {"time": 1_795_000_060}
        request(serving, serving.url, other)
        assert settled(serving, other, 1) == 1
        assert count(serving, UPLINK) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b"1", 400),
        (b"[" * 30_000, 400),
        (b"x" * 70_000, 413),
        (b'{"device":"A","time":99999999999999999999,"seqNumber":1}', 400),
        (b'{"device":"A","time":Infinity,"seqNumber":1}', 400),
        (b'{"device":"\\ud800","time":1,"seqNumber":1}', 400),
    ],
    ids=["text", "list", "empty", "number", "deep", "large", "beyond-sqlite", "infinite", "surrogate"],
)
def test_what_is_no_uplink_is_refused(authority, tmp_path, body, status):
    """A body without an uplink is answered by a 4xx and stores nothing."""
    with serve("good", authority, tmp_path) as serving:
        assert request(serving, serving.url, body)[0] == status
        assert count(serving) == 0


def test_numbers_may_be_quoted():
    """A portal template with quoted placeholders delivers the same uplink."""
    quoted = {name: str(value) for name, value in UPLINK.items()}
    assert read_uplink(json.dumps(quoted).encode()) == read_uplink(json.dumps(UPLINK).encode())


@pytest.mark.parametrize("subject", [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))], ids=repr)
def test_strict_verifier_accepts_the_chain(authority, subject):
    """The chain that the demo presents passes a strict verification for both of its names."""
    leaf, *intermediates = x509.load_pem_x509_certificates(authority.chain_file.read_bytes())
    roots = x509.load_pem_x509_certificates(authority.ca_file.read_bytes())
    verifier = PolicyBuilder().store(Store(roots)).build_server_verifier(subject)
    assert len(verifier.verify(leaf, intermediates)) == 3


def test_key_is_readable_by_its_owner_only(authority):
    """The private key is not left open to other users of the machine."""
    assert authority.key_file.stat().st_mode & 0o077 == 0


def test_silent_peers_do_not_hold_up_the_end(authority, tmp_path):
    """Connections that never speak, or leave in the handshake, block no other and no shutdown."""
    with serve("good", authority, tmp_path) as serving:
        port = int(serving.url.split(":")[2].split("/")[0])
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        silent.pop().close()
        assert request(serving, serving.url, UPLINK)[0] == 204
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 3
    for connection in silent:
        connection.close()


def test_serving_leaves_no_resource_open(tmp_path):
    """A process that serves both kinds under -W error ends silently: nothing is left open."""
    program = f"""
import sys, pathlib, ssl, urllib.request, datetime
from sigcheck.demo.authority import create_authority
from sigcheck.demo.receiver import serve
directory = pathlib.Path({str(tmp_path)!r})
authority = create_authority(directory, datetime.datetime.now(datetime.UTC))
context = ssl.create_default_context(cafile=authority.ca_file)
https = urllib.request.HTTPSHandler(context=context)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}), https)
for kind in ("good", "bad"):
    with serve(kind, authority, directory) as serving:
        body = b'{{"device":"A","time":1,"seqNumber":1,"data":""}}'
        with opener.open(serving.url, body, timeout=10) as answer:
            print(answer.status)
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("204\n204\n", "", 0)
