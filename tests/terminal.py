"""A terminal that a command writes to: its size, and all that was shown on it."""

import fcntl
import os
import pty
import struct
import termios
from contextlib import suppress


def terminal(columns=80, lines=40):
    """Open a terminal of that size; gives the end to read from, and the one to hand to a command."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    return leader, follower


def read_all(leader):
    """Read a terminal until its last writer has gone."""
    shown = b""
    with suppress(OSError):  # Linux says EIO then
        while chunk := os.read(leader, 65536):
            shown += chunk
    os.close(leader)
    return shown
