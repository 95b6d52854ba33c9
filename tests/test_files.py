"""Files that a user names: pipes, devices, folders and sockets where a file was expected, read once and in time."""

import os
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from sigcheck.errors import UsageProblem
from sigcheck.files import read_input
from tests import pki
from tests.commandline import PROGRAM, sigcheck

URL = "https://receiver.invalid/sigfox"
POLICY = '{"ranges": ["192.0.2.0/24"]}'
CA = pki.pem(pki.chain().roots)
CHAIN = pki.pem(pki.chain().presented)
RULES = "allow 185.110.96.0/22;\ndeny all;\n"

PLACES = {
    "body": (("verify", URL, "--dry-run", "--body", "@{}"), '{{"device":"{device}"}}'),
    "ca-file": (("verify", URL, "--dry-run", "--ca-file", "{}"), CA),
    "policy": (("verify", URL, "--dry-run", "--policy", "{}"), POLICY),
    "allowlist": (("verify", URL, "--dry-run", "--allowlist", "{}"), RULES),
    "chain": (("chain", "{}", "--host", pki.HOST), CHAIN),
    "check": (("allowlist", "check", "{}"), RULES),
    "check-policy": (("allowlist", "--policy", "{}"), POLICY),
}
"""Each place where the command line takes a file: the arguments, and what may stand in it."""

read: dict[str, Any] = {"what": "--ca-file", "fix": "give it", "limit": 1000}


def fill(arguments: tuple[str, ...], path: object) -> list[str]:
    """Put a path into arguments."""
    return [each.replace("{}", str(path)) for each in arguments]


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """Make a named pipe."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def written(path: Path, pieces: tuple[bytes, ...], pause: float) -> threading.Thread:
    """Write to a pipe from a thread, piece by piece."""

    def work() -> None:
        # A reader that has had enough leaves.
        with suppress(BrokenPipeError), path.open("wb", buffering=0) as file:
            for piece in pieces:
                file.write(piece)
                time.sleep(pause)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_pipe_is_read_to_its_end(pipe: Path) -> None:
    """What comes slowly, but in time, is read as a whole."""
    thread = written(pipe, (b"a", b"b", b"c"), 0.1)
    assert read_input(pipe, seconds=2, **read) == b"abc"
    thread.join(5)


def test_a_pipe_that_nobody_writes_to(pipe: Path) -> None:
    """It is not waited for without end: one line names the option, the pipe and what to do."""
    began = time.monotonic()
    with pytest.raises(UsageProblem, match=r"--ca-file .*pipe is a pipe, and nothing was written to it for 0\.2 s"):
        read_input(pipe, seconds=0.2, **read)
    assert time.monotonic() - began < 2


def test_a_pipe_that_is_never_closed(pipe: Path) -> None:
    """A writer that falls silent, or drips without end, is named as well."""
    with pipe.open("r+b", buffering=0) as kept:
        kept.write(b"begun")
        with pytest.raises(UsageProblem, match=r"nothing more came for 0\.2 s"):
            read_input(pipe, seconds=0.2, **read)
    written(pipe, (b".",) * 100, 0.05)
    with pytest.raises(UsageProblem, match=r"did not end within 1\.2 s"):
        read_input(pipe, seconds=0.2, **read)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/urandom"])
def test_a_device_without_end(path: str) -> None:
    """No more than the limit is read of it."""
    with pytest.raises(UsageProblem, match=rf"--ca-file {path} is larger than 1000 bytes"):
        read_input(path, **read)


def test_what_is_no_file_at_all(tmp_path: Path) -> None:
    """A folder, a socket, a name that no file can have and a link in a circle are named with the reason."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        (tmp_path / "circle").symlink_to(tmp_path / "circle")
        reasons = {".": "Is a directory", "socket": "it is a socket", "circle": "symbolic links", "a\0b": "this name"}
        for name, reason in reasons.items():
            with pytest.raises(UsageProblem, match=reason):
                read_input(f"{tmp_path}/{name}", **read)


def test_links_and_names_that_are_no_utf_8(tmp_path: Path) -> None:
    """A symbolic link is followed; a name may have any bytes."""
    odd = os.path.join(os.fsencode(tmp_path), b"caf\xe9.pem")  # noqa: PTH118 - a name as bytes
    with open(odd, "wb") as file:  # noqa: PTH123
        file.write(b"found")
    (tmp_path / "link").symlink_to(os.fsdecode(odd))
    assert read_input(os.fsdecode(odd), **read) == b"found"
    assert read_input(tmp_path / "link", **read) == b"found"


@pytest.mark.parametrize("place", PLACES)
def test_a_pipe_serves_wherever_a_file_does(place: str, pipe: Path) -> None:
    """Each option takes what a program writes into a pipe, exactly as it takes a file."""
    arguments, content = PLACES[place]
    plain = pipe.with_name("plain")
    plain.write_text(content)
    thread = written(pipe, (content.encode(),), 0)
    piped, direct = sigcheck(*fill(arguments, pipe)), sigcheck(*fill(arguments, plain))
    thread.join(5)
    assert (piped.code, piped.err) == (direct.code, direct.err.replace("plain", "pipe"))
    assert piped.code != 2
    assert len(piped.out.splitlines()) == len(direct.out.splitlines())


@pytest.mark.slow
def test_nobody_writes_to_any_of_the_pipes(pipe: Path) -> None:
    """Each place gives one line that names the file, and exit code 2, within seconds."""
    runs = {
        place: subprocess.Popen(
            [*PROGRAM, *fill(arguments, pipe)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )
        for place, (arguments, _) in PLACES.items()
    }  # fmt: skip
    for place, run in runs.items():
        out, err = run.communicate(timeout=40)
        assert (place, run.returncode, out) == (place, 2, "")
        assert "is a pipe, and nothing was written to it for 5 s: make sure that its writer runs" in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "shell",
    ['"$@" <(cat {})', 'cat {} | "$@" /dev/stdin', '"$@" /dev/stdin <{}'],
    ids=["substitution", "stdin-pipe", "stdin-file"],
)
@pytest.mark.parametrize(
    "command",
    [
        ("verify", "https://127.0.0.1:1/", "--only", "reach,tls", "--allow-private", "--ca-file"),
        ("chain", "--host", pki.HOST),
    ],
    ids=["ca-file", "chain"],
)
def test_certificates_from_the_shell(command: tuple[str, ...], shell: str, tmp_path: Path) -> None:
    """What the shell makes of a command's output can be read once only, and is."""
    path = tmp_path / "given.pem"
    path.write_text(CA if command[0] == "verify" else CHAIN)
    done = sigcheck(*command, shell=shell.replace("{}", str(path)))
    assert done.code == 1
    assert "sigcheck: " not in done.err or "cannot" not in done.err


def test_roots_from_a_pipe_verify_a_handshake(pipe: Path) -> None:
    """OpenSSL gets the roots that were read, not the name of a pipe that is empty by then."""
    from sigcheck.probes.contexts import verifying_context
    from sigcheck.trust import load_roots

    made = pki.chain().roots
    written(pipe, (pki.pem(made).encode(),), 0)
    context = verifying_context(load_roots(pipe).pem())
    assert context.get_ca_certs(binary_form=True) == list(made)
