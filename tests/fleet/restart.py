"""`python restart.py CONTROL_PORT`: restart a launched receiver, end with 0 when it serves again."""

import socket
import sys


def main() -> None:
    """Ask, and wait for the answer."""
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=90) as control:
        answer = b"".join(iter(lambda: control.recv(4096), b""))
    if answer != b"serving":
        sys.exit(answer.decode() or "the receiver is gone")


if __name__ == "__main__":
    main()
