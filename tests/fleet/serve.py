"""A fleet receiver's process: `tests.fleet.serve SERVER WORKERS DATABASE DESIGN [CHAIN KEY]`, begun by tests.warm.

Descriptor 3 is a listening socket, 4 a pipe to which each worker writes one byte when it serves. With CHAIN and KEY
(PEM files) it speaks TLS. It ends, with its workers, when its standard input does: so it never outlives whoever
launched it.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from typing import Any, NamedTuple

from tests.fleet.apps import fastapi_app, flask_app
from tests.fleet.design import Design
from tests.fleet.receiver import Receiver

LISTENER, READY = 3, 4


class Setting(NamedTuple):
    """Where a server serves, with how many workers, and with which certificate (None: without TLS)."""

    listener: int
    ready: int
    workers: int
    chain: str | None
    key: str | None


def serve_uvicorn(receiver: Receiver, setting: Setting) -> None:
    """Serve FastAPI in one process."""
    import uvicorn

    receiver.start()
    app = fastapi_app(receiver, lambda: tell(setting.ready))
    config = uvicorn.Config(app, log_level="info", backlog=128, ssl_certfile=setting.chain, ssl_keyfile=setting.key)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=setting.listener)])


def serve_hypercorn(receiver: Receiver, setting: Setting) -> None:
    """Serve FastAPI in one process."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    receiver.start()
    config = Config()
    config.bind = [f"fd://{setting.listener}"]
    config.certfile, config.keyfile = setting.chain, setting.key
    asyncio.run(serve(fastapi_app(receiver, lambda: tell(setting.ready)), config))


def serve_waitress(receiver: Receiver, setting: Setting) -> None:
    """Serve Flask in one process, many threads."""
    import waitress

    if setting.chain:
        raise ValueError("waitress speaks no TLS")
    receiver.start()
    listening = socket.socket(fileno=setting.listener)
    # More threads than a race has requests.
    server = waitress.create_server(flask_app(receiver), sockets=[listening], threads=32)
    tell(setting.ready)
    server.run()


def serve_gunicorn(receiver: Receiver, setting: Setting) -> None:
    """Serve Flask in several processes."""
    from gunicorn.app.base import BaseApplication

    def serves(_: Any) -> None:
        receiver.start()
        tell(setting.ready)

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("bind", f"fd://{setting.listener}")
            self.cfg.set("workers", setting.workers)
            self.cfg.set("certfile", setting.chain)
            self.cfg.set("keyfile", setting.key)
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


SERVERS = {
    "uvicorn": serve_uvicorn,
    "hypercorn": serve_hypercorn,
    "waitress": serve_waitress,
    "gunicorn": serve_gunicorn,
}


def main() -> None:
    """Serve what the arguments say, until killed."""
    server, workers, database, design, *pair = sys.argv[1:]
    chain, key = pair or (None, None)
    threading.Thread(target=end_with_launcher, daemon=True).start()
    receiver = Receiver(Design.from_json(design), database)
    receiver.create()
    SERVERS[server](receiver, Setting(LISTENER, READY, int(workers), chain, key))
