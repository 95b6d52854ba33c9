"""The IPv4 addresses of this machine, without sending anything."""

import re
import socket
from contextlib import suppress
from pathlib import Path

TABLE = Path("/proc/net/fib_trie")
"""Where Linux lists them; elsewhere only the address is known from which this machine would send."""

LARGEST = 4 << 20

_OWN = re.compile(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL")


def own_addresses(towards: str) -> tuple[str, ...]:
    """Give the addresses that this machine has, the one first from which it would send to the address `towards`."""
    found = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((towards, 443))  # a datagram socket: only a route is looked up
        found.append(str(asking.getsockname()[0]))
    with suppress(OSError, UnicodeError), TABLE.open(encoding="ascii") as table:
        found += _OWN.findall(table.read(LARGEST))
    return tuple(dict.fromkeys(each for each in found if not each.startswith(("127.", "0."))))
