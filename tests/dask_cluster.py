"""Schedulers and workers of Dask on loopback, with the certificates of examples/fleet/certificates.sh."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from sigcheck.config.given import Given
from sigcheck.config.wanted import Wanted
from sigcheck.fleet.coordinator import Coordinator
from sigcheck.fleet.dask.address import scheduler_of
from sigcheck.fleet.grouping import groups
from sigcheck.fleet.ledger import Ledger, ResultLine, read_lines
from sigcheck.fleet.target import FleetRun, FleetTarget

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "fleet"
DASK = (str(Path(sys.executable).parent / "dask"),)
BEGUN = re.compile(r"(?:Scheduler at|Registered to|Connected to|Starting established connection to).*?(t\w+://[\w.:]+)")


class Files(NamedTuple):
    """A CA, and the certificate and the key of a machine."""

    ca: str
    cert: str
    key: str

    @property
    def options(self):
        return ("--dask-ca", self.ca, "--dask-cert", self.cert, "--dask-key", self.key)


def certificates(folder, name="fleet"):
    """Make them as the page says."""
    command = ["bash", str(EXAMPLES / "certificates.sh"), str(folder), name]
    subprocess.run(command, check=True, capture_output=True)
    return Files(*(str(folder / each) for each in ("ca.pem", f"{name}.pem", f"{name}.key")))


def security_of(files):
    """Say who is who, in both directions."""
    from distributed import Security

    both = {f"tls_{role}_{what}": getattr(files, what) for role in ("scheduler", "worker", "client")
            for what in ("cert", "key")}  # fmt: skip
    return Security(tls_ca_file=files.ca, require_encryption=True, **both)


def configured(folder, files):
    """Write examples/fleet/dask.yaml with these files; gives the folder for DASK_CONFIG."""
    text = (EXAMPLES / "dask.yaml").read_text().replace("/etc/sigcheck/tls/ca.pem", files.ca)
    text = text.replace("/etc/sigcheck/tls/this.pem", files.cert).replace("/etc/sigcheck/tls/this.key", files.key)
    import yaml

    yaml.safe_load(text)
    folder.mkdir(exist_ok=True)
    (folder / "sigcheck.yaml").write_text(text)
    return folder


class Process:
    """A `dask scheduler` or a `dask worker`, in a process group of its own, whose log is a file."""

    def __init__(self, log, config, arguments, **environment):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TESTS_")}
        paths = {"PYTHONPATH": f"{environment.pop('path', '')}:{ROOT}".lstrip(":"), "DASK_CONFIG": str(config)}
        self.log = log
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [*DASK, *arguments],
                env=inherited | paths | environment,
                stdout=file,
                stderr=file,
                start_new_session=True,
                cwd=log.parent,
            )

    def begun(self, what, within=60):
        """Wait until its log has a text; gives the rest of its line."""
        end = time.monotonic() + within
        while time.monotonic() < end and self._process.poll() is None:
            found = re.search(re.escape(what) + r"\s*(\S*)", self.log.read_text())
            if found:
                return found[1]
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def kill(self):
        """End it and its children at once."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def processes():
    """Give `begin(log, config, arguments, **environment)`; all are killed at the end."""
    with ExitStack() as stack:

        def begin(*given, **environment):
            process = Process(*given, **environment)
            stack.callback(process.kill)
            return process

        yield begin


def other_version(folder):
    """Make a sigcheck of another version, for PYTHONPATH: all but its version is ours."""
    package = folder / "sigcheck"
    package.mkdir(parents=True)
    for each in (ROOT / "sigcheck").iterdir():
        if each.name == "__init__.py":
            text = re.sub(r'__version__ = ".*"', '__version__ = "0.0.9"', each.read_text())
            (package / each.name).write_text(text)
        elif each.is_dir() and each.name != "__pycache__":
            shutil.copytree(each, package / each.name, ignore=shutil.ignore_patterns("__pycache__", "*.pem"))
        elif each.is_file():
            shutil.copy(each, package)
    return folder


def target(name, url, vantage="", **settings):
    """Make a target of a fleet."""
    given = {setting: (Given(value, setting, setting),) for setting, value in {"url": url, **settings}.items()}
    return FleetTarget(name, Wanted(name, given), name, vantage)


def targets(number, origin, **settings):
    """Make targets of as many hosts, which are all served at one origin."""
    port = urlsplit(origin).port
    quick = {"allow_private": True, "only": ("reach", "response"), "samples": 1, "patience": 0}
    return [
        target(
            f"t{each}",
            f"http://t{each}.test:{port}/",
            resolve=(f"t{each}.test:{port}:127.0.0.1",),
            **quick | settings,
        )
        for each in range(number)
    ]


class Watch:
    """Calls `on_began(how many began)`."""

    def __init__(self, on_began=lambda number: None):
        self.on_began = on_began
        self._beginnings = 0

    def began(self, target, vantage):
        self._beginnings += 1
        self.on_began(self._beginnings)

    def ended(self, summary):
        pass

    def tick(self):
        pass

    def close(self):
        pass


class Fleet:
    """One run of a fleet on a cluster, into `ledger`; `said` is what its executor said."""

    def __init__(self, address, files, ledger, watch=None, how=None, **patience):
        self.said = []
        scheduler = scheduler_of(address, files and files.ca, files and files.cert, files and files.key)
        from sigcheck.fleet.dask.executor import DaskExecutor

        self.executor = DaskExecutor(scheduler, self.said.append, **patience)
        self._path, self._watch = ledger, watch or Watch()
        self._how = how or FleetRun("0badcafe")
        self.coordinator = None

    def run(self, chosen):
        """Run it; gives the result lines of the ledger, and its last line."""
        with Ledger(self._path) as ledger:
            grouped = groups(chosen, 1)
            self.coordinator = Coordinator(grouped, self._how, self.executor, ledger, self._watch)
            asyncio.run(self.coordinator.run())
        lines = list(read_lines(self._path))
        return [line for line in lines if isinstance(line, ResultLine)], lines[-1]
