"""What the tester's own machine lacks is told from what a peer did, whatever a library wraps around it."""

import asyncio
import errno
import os
import pty
import socket
import ssl
import subprocess
import sys

import httpcore
import httpx
import pytest

from sigcheck.machine import local_fault, shortage
from sigcheck.probes.route import has_route
from tests.commandline import PROGRAM, QUICK, sigcheck
from tests.system import missing


def of(number: int) -> OSError:
    """Make the error that the system raises for a number."""
    return OSError(number, os.strerror(number))


def caused(error: BaseException, cause: BaseException) -> BaseException:
    """Give an error that names its cause."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (of(errno.ENETUNREACH), "this machine has no route to the address"),
        (of(errno.EADDRNOTAVAIL), "this machine has no free port"),
        (of(errno.EPERM), "this machine forbids the connection"),
        (of(errno.EACCES), "this machine forbids the connection"),
        (of(errno.ENETDOWN), "this machine's network is down"),
        (of(errno.EAFNOSUPPORT), "this machine does not support this version of IP"),
        (of(errno.ENFILE), "this machine has too many open files"),
        (of(errno.ENOBUFS), "this machine has no room for another network buffer"),
        (of(errno.ENOMEM), "this machine has no memory left"),
        (of(errno.EAGAIN), "this machine cannot start another process"),
        (SystemError("error return without exception set"), "this machine has no memory left"),
        (SystemError("<function x> returned NULL without setting an exception"), "this machine has no memory left"),
        (MemoryError(), "this machine has no memory left"),
        (RuntimeError("can't start new thread"), "this machine cannot start another thread"),
        (ImportError("x.so: failed to map segment from shared object"), "this machine has no memory left"),
        (ssl.SSLError(1, "[SSL] malloc failure (_ssl.c:1)"), "this machine has no memory left"),
        (ssl.SSLError(1, "[SSL: LIBRARY_HAS_NO_CIPHERS] library has no ciphers"), "this machine's OpenSSL has no ciph"),
        (socket.gaierror(socket.EAI_AGAIN, "later"), "this machine's resolver is down"),
        (socket.gaierror(socket.EAI_FAIL, "no"), "this machine's resolver refuses to answer"),
        (socket.gaierror(socket.EAI_MEMORY, "no"), "this machine has no memory left"),
    ],
    ids=str,
)
def test_a_fault_of_this_machine_is_named(error: BaseException, words: str) -> None:
    """Each shortage and each refusal of the tester's own machine has plain words, which begin alike."""
    said = local_fault(error)
    assert said is not None
    assert said.startswith(words)


@pytest.mark.parametrize(
    "error",
    [
        *map(of, (errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED, errno.ETIMEDOUT, errno.EPIPE)),
        of(errno.EHOSTUNREACH),
        TimeoutError(),
        ssl.SSLError(ssl.SSL_ERROR_SSL, "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE]"),
        ssl.SSLCertVerificationError(1, "certificate verify failed"),
        ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "EOF occurred in violation of protocol"),
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        PermissionError(errno.EACCES, "Permission denied", "/etc/shadow"),
        httpx.RemoteProtocolError("Server disconnected"),
        RuntimeError("another"),
        ImportError("no module named x"),
        ValueError("x"),
    ],
    ids=repr,
)
def test_what_a_peer_or_a_file_did_is_no_fault_of_this_machine(error: BaseException) -> None:
    """A refusal, a reset, a silence, an alert or a name that does not exist are not the tester's; 1 is not EPERM."""
    assert local_fault(error) is None
    assert shortage(error) is None


def test_what_libraries_wrap_is_seen_through() -> None:
    """The cause below httpx, httpcore and anyio decides; the context in which an error came up does not."""
    below = caused(httpcore.ConnectError("x"), caused(OSError("All connection attempts failed"), of(errno.EPERM)))
    assert local_fault(caused(httpx.ConnectError("x"), below)) == "this machine forbids the connection"
    error: BaseException = httpx.ReadError("x")
    error.__context__ = of(errno.EAGAIN)
    assert local_fault(error) is None


def test_one_attempt_that_met_the_peer_decides() -> None:
    """Of several addresses the one that was reached counts: only where none was, it is this machine's fault."""
    local, refused = of(errno.ENETUNREACH), of(errno.ECONNREFUSED)
    assert local_fault(OSError("all failed")) is None
    assert local_fault(caused(OSError("all failed"), ExceptionGroup("", [local, refused]))) is None
    assert local_fault(ExceptionGroup("", [local, of(errno.EPERM)])) == "this machine has no route to the address"


def test_the_route_decides_who_calls_it_unreachable() -> None:
    """A router's "unreachable" is the network's where this machine has a route, else this machine's."""
    for number in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        assert local_fault(of(number), routed=True) is None
        assert local_fault(of(number), routed=False) == "this machine has no route to the address"


def test_a_route_is_asked_for_without_a_packet() -> None:
    """Loopback is always routed; an address that no packet can have is a question that cannot be asked."""
    assert has_route("127.0.0.1")
    assert has_route("no address")


ALONE = """
import socket, sys
from sigcheck.machine import local_fault
from sigcheck.probes.route import has_route
try:
    socket.create_connection(("192.0.2.1", 443), 1)
except OSError as error:
    routed = has_route("192.0.2.1")
    print(routed, local_fault(error, routed=routed), sep="|")
"""


@pytest.mark.system
def test_a_machine_without_a_network() -> None:
    """In a namespace without a network the route is what is missing."""
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode:
        missing("a network namespace (unshare -rn)")
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", ALONE], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "False|this machine has no route to the address"


def test_the_number_of_files_that_are_allowed_is_named() -> None:
    """The line names the limit and a greater one; opening sockets up to it raises the very error."""
    program = """
import resource, socket
from sigcheck.machine import local_fault, shortage
resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))
kept = []
try:
    while True:
        kept.append(socket.socket())
except OSError as error:
    print(local_fault(error), shortage(error), sep="|")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    said, problem = done.stdout.strip().split("|")
    assert said == "this machine allows only 12 open files"
    assert problem == f"{said}: raise the limit (ulimit -n 256)"


def test_a_real_refusal_through_httpx_is_the_peers() -> None:
    """A port that nobody listens on is no fault of this machine, through all layers of the HTTP client."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))

        async def ask() -> BaseException:
            async with httpx.AsyncClient(trust_env=False) as client:
                with pytest.raises(httpx.ConnectError) as caught:
                    await client.get(f"http://127.0.0.1:{unused.getsockname()[1]}/")
            return caught.value

        assert local_fault(asyncio.run(ask())) is None


FILES, MEMORY, THREADS = "allows only 8 open files", "has no memory left", "cannot start another thread"


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ("ulimit -n 8", FILES),
        # Where OpenSSL finds no room for its own start (45,000 here), it ends the process before Python can speak.
        *((f"ulimit -v {kib}", MEMORY) for kib in (30_000, 40_000, 46_000, 52_500, 60_000)),
        # As for a user who has no process left: a stack that finds no room. (The limit itself does not hold for root.)
        ("ulimit -s 4000000; ulimit -v 2000000", THREADS),
    ],
)
@pytest.mark.parametrize("command", ["verify", "demo"])
def test_a_machine_that_is_too_small_for_a_run(command: str, limits: str, words: str) -> None:
    """One line says what is missing and how to get it, exit code 2: no receiver's fault, no bug of ours."""
    arguments = ("verify", "https://receiver.invalid/", "--allow-private") if command == "verify" else ("demo",)
    done = sigcheck(*arguments, shell=f'{limits}; "$@"')
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"sigcheck: this machine {words}: ")
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("files", range(5, 40, 3))
def test_however_few_files_there_are(files: int) -> None:
    """At every limit the program says what is missing, or runs: none is a traceback or a bug of ours."""
    done = sigcheck("verify", "http://127.0.0.1:1/", *QUICK, shell=f'ulimit -n {files}; "$@"')
    assert done.code in {1, 2}
    assert "Traceback" not in done.err
    if done.code == 2:
        assert f"allows only {files} open files" in done.err


def test_a_terminal_without_a_thread_keeps_its_cursor() -> None:
    """Where the changing line finds no thread, the cursor is shown again."""
    leader, follower = pty.openpty()
    shell = 'ulimit -s 4000000; ulimit -v 2000000; "$@"'
    process = subprocess.Popen(
        ["bash", "-c", shell, "bash", *PROGRAM, "verify", "https://receiver.invalid/"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=follower, env=os.environ | {"TERM": "xterm"},
    )  # fmt: skip
    os.close(follower)
    assert process.wait(20) == 2
    shown = os.read(leader, 65536)
    os.close(leader)
    assert shown.rfind(b"\x1b[?25h") >= shown.rfind(b"\x1b[?25l")
