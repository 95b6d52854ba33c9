"""Where a scheduler is, and how it knows this machine: mutual TLS, but for a scheduler of this machine itself."""

import os
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from sigcheck.errors import UsageProblem

if TYPE_CHECKING:
    from distributed import Security

EXAMPLE = "tls://scheduler.example.com:8786"
MISSING = UsageProblem("--dask needs distributed", "install it: pip install 'sigcheck[fleet]'")


class Scheduler(Struct, frozen=True):
    """A scheduler's address, and the files of PEM that prove who is who; all "" where nothing is encrypted."""

    address: str
    ca: str = ""
    cert: str = ""
    key: str = ""

    def security(self) -> "Security":
        """Give what Dask's client takes; raises UsageProblem for files that are no certificates or keys."""
        try:
            from distributed import Security
        except ImportError:
            raise MISSING from None
        if not self.ca:
            return Security(require_encryption=False)
        given: dict[str, Any] = {
            "tls_ca_file": self.ca,
            "tls_client_cert": self.cert,
            "tls_client_key": self.key,
            "require_encryption": True,
        }
        security = Security(**given)
        try:
            security.get_connection_args("client")
        except (OSError, ValueError):  # ssl's own errors are of the first kind
            raise UsageProblem(
                "--dask-ca, --dask-cert and --dask-key cannot be used",
                "give files of PEM, of which the key is that of the certificate and has no password",
            ) from None
        return security


def scheduler_of(address: str, ca: str | None, cert: str | None, key: str | None) -> Scheduler:
    """See that an address may be used as it is; raises UsageProblem that says what to give instead."""
    scheme, host, port = _parts(address)
    if scheme == "tcp":
        if not _is_here(host):
            raise UsageProblem(
                "--dask tcp:// is not encrypted, and the scheduler is on another machine",
                f"give it certificates and write {EXAMPLE}: whoever can talk to a scheduler can run code there",
            )
        if ca or cert or key:
            raise UsageProblem("--dask tcp:// uses no certificates", "write tls://, or leave --dask-ca and others out")
        return Scheduler(f"tcp://{_bracketed(host)}:{port}")
    files = {"--dask-ca": ca, "--dask-cert": cert, "--dask-key": key}
    missing = [name for name, path in files.items() if not path]
    if missing:
        raise UsageProblem(
            f"--dask tls:// needs {' and '.join(missing)}", "docs/fleet-machines.md says how to make the files"
        )
    for name, path in files.items():
        if not os.access(path or "", os.R_OK) or Path(path or "").is_dir():
            raise UsageProblem(f"{name} {path} cannot be read", "give a file of PEM")
    return Scheduler(f"tls://{_bracketed(host)}:{port}", ca or "", cert or "", key or "")


def _parts(address: str) -> tuple[str, str, int]:
    fix = f"write {EXAMPLE}, or tcp://127.0.0.1:8786 for a scheduler on this machine"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageProblem("--dask is not the address of a scheduler", fix) from None
    if parts.scheme not in {"tls", "tcp"} or not host or not port or parts.path or parts.query or "@" in parts.netloc:
        raise UsageProblem("--dask is not the address of a scheduler", fix)
    return parts.scheme, host, port


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
