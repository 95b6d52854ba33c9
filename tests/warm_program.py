"""Is the program that a script calls: `python -I -S warm_program.py SOCKET MODULE ARGUMENTS…`.

It asks the warm server of tests/warm.py at SOCKET for a process that has its streams, its environment and its folder,
hands on the signals that end it, and ends as that process does. It imports next to nothing: that is what it is for.
"""

import json
import os
import signal
import socket
import sys
from types import FrameType


def main() -> None:
    """Ask for the process, and end as it does."""
    address, module, *arguments = sys.argv[1:]
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(address)
    socket.send_fds(connection, [b"!"], [0, 1, 2])
    here = os.getcwd()  # noqa: PTH109 - pathlib takes as long to import as all the rest
    connection.sendall(json.dumps([module, arguments, dict(os.environ), here, False]).encode() + b"\n")
    told = connection.makefile()
    process = int(told.readline())

    def hand_on(number: int, _: FrameType | None) -> None:
        os.kill(process, number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, hand_on)
    code = int(told.readline())
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
