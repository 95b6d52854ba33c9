"""One verify without the replay, beside `sslyze --certinfo`, HTTPie and curl, on one nginx with real TLS.

The first two live in .venv-bench, since sslyze pins other versions; the Makefile makes it.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sigcheck.demo.authority import create_authority
from tests.bench.figure import SIGCHECK, Figure, at_most, interleaved, milliseconds, skipped, wall

PEERS = Path(__file__).parents[2] / ".venv-bench" / "bin"
ROUNDS = 15
GOALS = {"sslyze --certinfo": 0.45, "http POST": 0.8}
READY_WITHIN = 10.0
CONFIG = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; client_body_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {chain}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;
    location / {{ return 204; }}
  }}
}}
"""


def measure() -> Iterator[Figure]:
    """Yield the ratios; what is not installed is skipped with a word."""
    what = "verify reach,tls,response,deadline"
    nginx = shutil.which("nginx")
    if nginx is None:
        yield skipped(what, "nginx is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="sigcheck-bench-") as folder, serving(nginx, Path(folder)) as (port, ca):
        only = "reach,tls,response,deadline"
        url = f"https://127.0.0.1:{port}/sigfox"
        verify = [SIGCHECK, "verify", url, "--ca-file", ca, "--allow-private", "--only", only, "--quiet"]
        try:
            wall(verify)
        except RuntimeError as problem:
            yield Figure(what, "not measured", str(problem)[:60], met=False)
            return
        peers = {
            "sslyze --certinfo": [str(PEERS / "sslyze"), "--certinfo", "--certinfo_ca_file", ca, f"127.0.0.1:{port}"],
            "http POST": [str(PEERS / "http"), "--ignore-stdin", "--verify", ca, "POST", url, "device=516C4EC0"],
        }
        for name, command in peers.items():
            if not Path(command[0]).is_file():
                yield skipped(f"{what} / {name}", "no .venv-bench: run `make bench`")
                continue
            ours, theirs = interleaved([verify, command], ROUNDS, codes=(0, 1))
            detail = f"{milliseconds(ours)} / {milliseconds(theirs)}"
            yield at_most(f"{what} / {name}", ours / theirs, GOALS[name], detail=detail)
        curl = shutil.which("curl")
        if curl is None:
            yield skipped(f"{what} / curl", "curl is not installed")
            return
        post = [curl, "-sS", "-o", "/dev/null", "--cacert", ca, "-d", "{}", url]
        ours, theirs = interleaved([verify, post], ROUNDS)
        detail = f"{milliseconds(ours)} / {milliseconds(theirs)}"
        yield Figure(f"{what} / one curl POST", f"{ours / theirs:.1f} ({detail})")


@contextmanager
def serving(nginx: str, folder: Path) -> Iterator[tuple[int, str]]:
    """Run nginx on loopback with a certificate of a throw-away CA; gives its port and the CA's file."""
    authority = create_authority(folder, datetime.now(UTC))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(
        CONFIG.format(folder=folder, port=port, chain=authority.chain_file, key=authority.key_file), encoding="utf-8"
    )
    command = [nginx, "-p", str(folder), "-c", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield port, str(authority.ca_file)
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("nginx did not start")
