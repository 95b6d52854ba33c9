"""TLS proxies with a configuration of their own, in front of a receiver that speaks plain HTTP on 127.0.0.1."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sigcheck.demo.authority import Authority
from tests.fleet.launch import START_SECONDS

STOP_SECONDS = 3.0
APACHE_MODULES = ("mpm_event", "authz_core", "ssl", "socache_shmcb", "proxy", "proxy_http")


class MissingProgramError(Exception):
    """This machine has no such program."""


def program(name: str) -> str:
    """Give the path of a program; raises MissingProgramError."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if found is None:
        raise MissingProgramError(name)
    return found


def free_port() -> int:
    """Give a port on which nobody listens; these servers cannot tell which one they were given."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def running(argv: list[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server while the context lasts; its output goes to `log`."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | environment,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for_port(port: int, process: subprocess.Popen[bytes], *logs: Path) -> None:
    """Wait until a server listens; raises RuntimeError with its log where it does not."""
    limit = time.monotonic() + START_SECONDS
    pause = threading.Event()
    while time.monotonic() < limit and process.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.02)
    raise RuntimeError("\n".join(log.read_text() for log in logs if log.is_file()))


@contextmanager
def nginx(authority: Authority, folder: Path, location: str) -> Iterator[int]:
    """Run nginx with these lines as its location /; gives the port."""
    port = free_port()
    paths = " ".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{}}\n"
        f"http {{ access_log off; {paths}\n"
        f"server {{ listen 127.0.0.1:{port} ssl; server_name localhost;\n"
        f"ssl_certificate {authority.chain_file}; ssl_certificate_key {authority.key_file};\n"
        f"location / {{ {location} }} }} }}\n"
    )
    argv = [program("nginx"), "-c", str(config), "-p", str(folder), "-e", f"{folder}/nginx.log"]
    with running(argv, folder / "nginx.out") as process:
        wait_for_port(port, process, folder / "nginx.log")
        yield port


@contextmanager
def nginx_proxy(authority: Authority, folder: Path, backend: int) -> Iterator[int]:
    """Run nginx as a proxy."""
    with nginx(authority, folder, f"proxy_pass http://127.0.0.1:{backend};") as port:
        yield port


@contextmanager
def apache(authority: Authority, folder: Path, backend: int) -> Iterator[int]:
    """Run Apache as a proxy."""
    port = free_port()
    config = folder / "apache.conf"
    modules = [f"LoadModule {name}_module modules/mod_{name}.so" for name in APACHE_MODULES]
    # Apache serves as nobody but root where it is started by root.
    owner = ["User www-data", "Group www-data"] if os.geteuid() == 0 else []
    config.write_text(
        "\n".join(
            [
                "ServerRoot /usr/lib/apache2",
                *modules,
                *owner,
                "ServerName localhost",
                f"DefaultRuntimeDir {folder}",
                f"PidFile {folder}/apache.pid",
                f"ErrorLog {folder}/apache.log",
                f"Listen 127.0.0.1:{port} https",
                "SSLEngine on",
                f"SSLCertificateFile {authority.chain_file}",
                f"SSLCertificateKeyFile {authority.key_file}",
                f"ProxyPass / http://127.0.0.1:{backend}/",
            ]
        )
        + "\n"
    )
    with running([program("apache2"), "-f", str(config), "-DFOREGROUND"], folder / "apache.out") as process:
        wait_for_port(port, process, folder / "apache.out", folder / "apache.log")
        yield port


@contextmanager
def haproxy(authority: Authority, folder: Path, backend: int) -> Iterator[int]:
    """Run HAProxy as a proxy."""
    port = free_port()
    # It wants chain and key in one file.
    pair = folder / "haproxy.pem"
    pair.touch(mode=0o600)
    pair.write_bytes(authority.chain_file.read_bytes() + authority.key_file.read_bytes())
    config = folder / "haproxy.cfg"
    config.write_text(
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n"
        f"frontend callbacks\n  bind 127.0.0.1:{port} ssl crt {pair}\n  default_backend receiver\n"
        f"backend receiver\n  server receiver 127.0.0.1:{backend}\n"
    )
    with running([program("haproxy"), "-db", "-f", str(config)], folder / "haproxy.out") as process:
        wait_for_port(port, process, folder / "haproxy.out")
        yield port


@contextmanager
def caddy(authority: Authority, folder: Path, backend: int) -> Iterator[int]:
    """Run Caddy as a proxy."""
    port = free_port()
    config = folder / "Caddyfile"
    config.write_text(
        "{\n  admin off\n  auto_https off\n}\n"
        f"https://:{port} {{\n  bind 127.0.0.1\n  tls {authority.chain_file} {authority.key_file}\n"
        f"  reverse_proxy 127.0.0.1:{backend}\n}}\n"
    )
    argv = [program("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with running(argv, folder / "caddy.out", **home) as process:
        wait_for_port(port, process, folder / "caddy.out")
        yield port
