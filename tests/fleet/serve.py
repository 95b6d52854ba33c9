"""The process of a fleet receiver: `python -m tests.fleet.serve SERVER WORKERS LISTENER READY DATABASE DESIGN`.

LISTENER is the descriptor of a listening socket, READY that of a pipe to which each worker writes one byte when
it serves. It ends, with its workers, when its standard input does: so it never outlives whoever launched it.
"""

import os
import signal
import socket
import sys
import threading
from typing import Any

from tests.fleet.apps import fastapi_app, flask_app
from tests.fleet.design import Design
from tests.fleet.receiver import Receiver


def serve_uvicorn(receiver: Receiver, listener: int, ready: int, _: int) -> None:
    """Serve FastAPI in one process."""
    import uvicorn

    receiver.start()
    app = fastapi_app(receiver, lambda: tell(ready))
    config = uvicorn.Config(app, log_level="info", backlog=128)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=listener)])


def serve_waitress(receiver: Receiver, listener: int, ready: int, _: int) -> None:
    """Serve Flask in one process, many threads."""
    import waitress

    receiver.start()
    # More threads than a race has requests.
    server = waitress.create_server(flask_app(receiver), sockets=[socket.socket(fileno=listener)], threads=32)
    tell(ready)
    server.run()


def serve_gunicorn(receiver: Receiver, listener: int, ready: int, workers: int) -> None:
    """Serve Flask in several processes."""
    from gunicorn.app.base import BaseApplication

    def serves(_: Any) -> None:
        receiver.start()
        tell(ready)

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("bind", f"fd://{listener}")
            self.cfg.set("workers", workers)
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", 8)
            self.cfg.set("timeout", 60)
            self.cfg.set("post_worker_init", serves)
            # No files beside the project.
            if "control_socket_disable" in self.cfg.settings:
                self.cfg.set("control_socket_disable", True)

        def load(self) -> Any:
            return flask_app(receiver)

    Application().run()


def tell(ready: int) -> None:
    """Say that one more worker serves."""
    os.write(ready, b"!")


def end_with_launcher() -> None:
    """Wait for the end of standard input, then end the whole group."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


SERVERS = {"uvicorn": serve_uvicorn, "waitress": serve_waitress, "gunicorn": serve_gunicorn}


def main() -> None:
    """Serve what the arguments say, until killed."""
    server, workers, listener, ready, database, design = sys.argv[1:]
    threading.Thread(target=end_with_launcher, daemon=True).start()
    receiver = Receiver(Design.from_json(design), database)
    receiver.create()
    SERVERS[server](receiver, int(listener), int(ready), int(workers))


if __name__ == "__main__":
    main()
