"""The real Apache on a file: `apache2 -t` for a configuration, a request for a .htaccess."""

import http.client
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.proxies import free_port, program, running, wait_for_port

MODULES = (
    "mpm_event", "authn_core", "authn_file", "authz_core", "authz_host", "authz_user", "authz_groupfile",
    "access_compat", "auth_basic", "alias", "dir", "env", "headers", "rewrite", "setenvif",
)  # fmt: skip
# Where a file may stand: in a directory, and on the server's own level.
PLACES = ("<Directory /srv>\nInclude {}\n</Directory>", "Include {}")


def _server(folder: Path, port: int) -> list[str]:
    owner = ["User www-data", "Group www-data"] if os.geteuid() == 0 else []
    return [
        "ServerRoot /usr/lib/apache2",
        *(f"LoadModule {each}_module modules/mod_{each}.so" for each in MODULES),
        *owner,
        "ServerName localhost",
        f"DefaultRuntimeDir {folder}",
        f"PidFile {folder}/apache.pid",
        f"ErrorLog {folder}/error.log",
        f"Listen 127.0.0.1:{port}",
    ]


def loads(text: str, folder: Path) -> bool:
    """Tell whether Apache loads the file in one of the places."""
    file, whole = folder / "file.conf", folder / "apache.conf"
    file.write_text(text)
    for place in PLACES:
        whole.write_text("\n".join([*_server(folder, 9), place.format(file)]) + "\n")
        found = subprocess.run([program("apache2"), "-t", "-f", str(whole)], capture_output=True, check=False)
        if found.returncode == 0:
            return True
    return False


@contextmanager
def htaccess(folder: Path) -> Iterator[int]:
    """Run an Apache that obeys every .htaccess under folder/site; gives its port."""
    port, config, site = free_port(), folder / "site.conf", folder / "site"
    site.mkdir()
    folder.chmod(0o755)
    everything = [f"DocumentRoot {site}", f"<Directory {site}>", "AllowOverride All", "Require all granted"]
    config.write_text("\n".join([*_server(folder, port), *everything, "</Directory>"]) + "\n")
    with running([program("apache2"), "-f", str(config), "-DFOREGROUND"], folder / "site.out") as process:
        wait_for_port(port, process, folder / "site.out", folder / "error.log")
        yield port


def statuses(texts: Sequence[str], folder: Path, port: int) -> list[int]:
    """Give the status that Apache answers with where each text is the .htaccess."""
    found = []
    for number, text in enumerate(texts):
        place = folder / "site" / str(number)
        place.mkdir()
        (place / ".htaccess").write_text(text)
        (place / "index.txt").write_text("here\n")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", f"/{number}/index.txt")
        found.append(connection.getresponse().status)
        connection.close()
    return found


def answers(texts: Sequence[str], folder: Path, port: int) -> list[bool]:
    """Tell of each text, as a .htaccess, whether Apache answers with anything but 500."""
    return [status != 500 for status in statuses(texts, folder, port)]
