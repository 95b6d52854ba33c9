"""Whether this machine knows a way to an address at all: what separates its own faults from the network's."""

import errno
import socket

_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.ENETDOWN}


def has_route(address: str, port: int = 443) -> bool:
    """Ask the system's routing table, without sending anything: a datagram socket that is connected looks up a route.

    A router on the way that reports "unreachable" does so to what was sent, so it has no part in the answer. True
    where the question cannot be asked: then it is not the route that is missing.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((address, port))
    except OSError as error:
        return error.errno not in _NO_ROUTE
    return True
