"""The real nginx on a file: `nginx -t`, with the file where an include may bring it."""

import re
import subprocess
from pathlib import Path

from tests.servers.proxies import program

# Where a file may stand: alone, in http, in a server, in a location.
PLACES = ("{}", "http {{ {} }}", "http {{ server {{ {} }} }}", "http {{ server {{ location / {{ {} }} }} }}")
ENDS = "\n"


def loads(text: str, folder: Path) -> bool:
    """Tell whether nginx loads the file in one of the places; what it brings of its own is added round it."""
    file, whole = folder / "file.conf", folder / "nginx.conf"
    file.write_text(text)
    for place in PLACES:
        alone = place == "{}"
        events = "" if alone and re.search(r"(?m)^\s*events\b", text) else "events { }\n"
        pid = "" if alone and re.search(r"(?m)^\s*pid\b", text) else f"pid {folder}/nginx.pid;\n"
        whole.write_text(f"error_log stderr;\n{pid}{events}{place.format(f'include {file};')}\n")
        found = subprocess.run(
            [program("nginx"), "-t", "-q", "-p", str(folder), "-e", "stderr", "-c", str(whole)],
            capture_output=True,
            check=False,
        )
        if found.returncode == 0:
            return True
    return False
