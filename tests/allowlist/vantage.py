"""A TLS receiver behind a real firewall, and `sigcheck verify` at two places: in the Cloud's range, and elsewhere.

Three network namespaces: the receiver and its two callers. All addresses are such as the Internet routes, because
the rules treat others differently; they exist in these namespaces alone, from which nothing leaves.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import pki
from tests.allowlist.firewalls import ESTABLISHED, OLD, RANGE, nft

SERVER = "20.30.40.50"
PLACES = {"inside": "185.110.97.11", "outside": "60.70.80.90"}
OPEN_PORT, CLOSED_PORT = 443, 8443
FAMILIES = "reach,tls,response,deadline,exposure"
ON_THE_PAGE = "reach,response,exposure"
SHOWN = (("inside", "--vantage", "inside"), ("outside",), ("outside", "--allowlist", "range.json"))
"""The runs whose reports docs/allowlist.md prints, behind rules that admit the range: the place and the options."""

# A POST to it is answered 204, after the access phase: `return` would come before it.
NGINX = f"""worker_processes 1;
user root;
pid nginx.pid;
error_log error.log;
events {{ }}
http {{
  access_log off;
  ssl_certificate chain.pem;
  ssl_certificate_key key.pem;
  server {{
    listen {OPEN_PORT} ssl;
    location / {{ try_files /nothing =204; }}
  }}
  server {{
    listen {CLOSED_PORT} ssl;
    allow {RANGE};
    deny all;
    location / {{ try_files /nothing =204; }}
  }}
}}
"""

RULES = {
    "none": "",
    "range": nft(ESTABLISHED, f"ip saddr {RANGE} tcp dport 443 accept"),
    "old": nft(ESTABLISHED, f"ip saddr {OLD} tcp dport 443 accept"),
    "reset": nft(f"ip saddr != {RANGE} tcp dport 443 reject with tcp reset", policy="accept"),
    "prohibited": nft(f"ip saddr != {RANGE} tcp dport 443 reject with icmp admin-prohibited", policy="accept"),
}


class Site:
    """The receiver's namespace and its files: `folder` has ca.pem, nginx.conf and what `protect` exported."""

    def __init__(self, folder: Path, names: dict[str, str]) -> None:
        self.folder = folder
        self._names = names

    def run(self, place: str, *command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command at a place ("receiver", "inside", "outside"), in `folder`."""
        return subprocess.run(
            ["ip", "netns", "exec", self._names[place], *command],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
            env=os.environ | {"COLUMNS": "100", "NO_COLOR": "1", "LANG": "C.UTF-8"},
        )

    def protect(self, rules: str) -> str:
        """Load one of RULES into the receiver's kernel; gives the name of the file that nft then exported."""
        for stdin in ("flush ruleset\n", RULES[rules]):
            done = self.run("receiver", "nft", "-f", "-", stdin=stdin)
            assert done.returncode == 0, done.stderr
        name = f"{rules}.json"
        (self.folder / name).write_text(self.run("receiver", "nft", "-j", "list", "ruleset").stdout)
        return name

    def verify(
        self, place: str, *more: str, port: int = OPEN_PORT, only: str = FAMILIES
    ) -> subprocess.CompletedProcess[str]:
        """Verify the receiver from a place, through the command line."""
        return self.run(place, sys.executable, "-m", "sigcheck", *command(*more, port=port, only=only))

    def reports(self) -> str:
        """Give what docs/allowlist.md shows, of real runs."""
        self.protect("range")
        with ThreadPoolExecutor(len(SHOWN)) as pool:
            runs = list(pool.map(lambda each: self.verify(*each, only=ON_THE_PAGE), SHOWN))
        text = ""
        for (place, *more), done in zip(SHOWN, runs, strict=True):
            given = shlex.join(command(*more, only=ON_THE_PAGE)[2:]).replace(f" --only {ON_THE_PAGE}", "")
            typed = f"sigcheck verify {command()[1]} \\\n    {given} \\\n    --only {ON_THE_PAGE}"
            text += f"From {PLACES[place]}, {place} the range:\n\n```text\n$ {typed}\n{done.stdout}```\n\n"
        return text


def render(present: str) -> str:
    """Fill in the reports of real runs in namespaces: a generator of docs/generate.py, for root."""
    from docs.generators import fill_blocks

    with TemporaryDirectory(prefix="sigcheck-docs-") as folder, site(Path(folder)) as made:
        return fill_blocks(present, {"vantage": made.reports()})


def lasting(text: str) -> str:
    """Take out of reports what differs from run to run: ids, durations, and where they break a line."""
    text = re.sub(r"\brun\s+[0-9a-f]{8}\b", "RUN", text)
    text = re.sub(r"\b51[0-9A-F]{6}\b", "DEVICE", text)
    text = re.sub(r"\d+(\.\d+)? (ms|s)\b", "TIME", text)
    return " ".join(text.split())


def command(*more: str, port: int = OPEN_PORT, only: str = FAMILIES) -> list[str]:
    """Give the arguments of `sigcheck` for the receiver."""
    url = f"https://{pki.HOST}{'' if port == OPEN_PORT else f':{port}'}/sigfox"
    resolved = ["--resolve", f"{pki.HOST}:{port}:{SERVER}"]
    return ["verify", url, "--ca-file", "ca.pem", *resolved, "--only", only, *more]


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Make the namespaces and start nginx with TLS; take all away whatever happens."""
    names = {place: f"sigcheck-{os.getpid()}-{place}" for place in ("receiver", *PLACES)}

    def ip(*arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=60)

    made = Site(folder, names)
    chain = pki.chain(now=datetime.now(UTC))
    (folder / "chain.pem").write_text(pki.pem(chain.presented))
    (folder / "key.pem").write_bytes(chain.private_pem)
    (folder / "ca.pem").write_text(pki.pem(chain.roots))
    (folder / "nginx.conf").write_text(NGINX)
    (folder / "logs").mkdir()
    nginx = ("nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"))
    started = False
    try:
        for name in names.values():
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", names["receiver"], "addr", "add", f"{SERVER}/32", "dev", "lo")
        for place, address in PLACES.items():
            here, there = names["receiver"], names[place]
            ip("-n", here, "link", "add", place, "type", "veth", "peer", "name", "wan0", "netns", there)
            ip("-n", there, "addr", "add", f"{address}/32", "dev", "wan0")
            ip("-n", here, "link", "set", place, "up")
            ip("-n", there, "link", "set", "wan0", "up")
            ip("-n", there, "route", "add", "default", "dev", "wan0")
            ip("-n", here, "route", "add", f"{address}/32", "dev", place, "src", SERVER)
        done = made.run("receiver", *nginx)
        started = done.returncode == 0
        assert started, done.stderr
        yield made
    finally:
        if started:
            made.run("receiver", *nginx, "-s", "stop")
        for name in names.values():
            subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=60, check=False)
