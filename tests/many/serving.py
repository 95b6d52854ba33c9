"""One process of the test bed: `python -m tests.many.serving FOLDER PORT PART` prints its own port when it listens.

FOLDER has the certificates and the plan; PART 0 runs nginx too, where it is installed. It ends with its standard input.
"""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from tests.many.certificates import chain_file, key_file
from tests.many.listeners import Listener
from tests.many.plan import Endpoint, Plan
from tests.many.receiver import Receiver

PARTS = 2
PLAN = "plan.json"
VERSIONS = {"both": "TLSv1.2 TLSv1.3", "1.2": "TLSv1.2", "1.3": "TLSv1.3"}
NGINX = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; ssl_session_cache off;
{servers}}}
"""
SERVER = """  server {{
    listen {address}:{port} ssl backlog=1024;
    ssl_certificate {chain}; ssl_certificate_key {key}; ssl_protocols {versions};
    location / {{ proxy_pass http://127.0.0.1:{plain}; proxy_set_header Host $http_host; }}
  }}
"""


def nginx_serves(endpoint: Endpoint) -> bool:
    """Whether a real nginx serves the endpoint: it does where there is one."""
    return endpoint.real_nginx and shutil.which("nginx") is not None


def part_of(plan: Plan, part: int) -> Sequence[Endpoint]:
    """Give the endpoints that one process listens for itself."""
    return [
        each
        for each in plan.endpoints
        if each.number % PARTS == part and each.way != "port-closed" and not nginx_serves(each)
    ]


async def main(folder: Path, port: int, part: int) -> None:
    """Listen, say so, and serve until standard input ends."""
    plan = msgspec.json.decode((folder / PLAN).read_bytes(), type=Plan)
    receiver = Receiver()
    own = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, backlog=1024)
    plain = own.sockets[0].getsockname()[1]
    listeners = [Listener(each, port, folder, receiver) for each in part_of(plan, part)]
    serving = [asyncio.create_task(each.serve()) for each in listeners]
    nginx = _nginx(folder, port, plain, [each for each in plan.endpoints if nginx_serves(each)]) if not part else None
    try:
        print(plain, flush=True)
        ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        await asyncio.wait([ended, *serving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        if nginx is not None:
            nginx.kill()
            nginx.wait()


def _nginx(folder: Path, port: int, plain: int, endpoints: Sequence[Endpoint]) -> subprocess.Popen[bytes] | None:
    if not endpoints:
        return None
    servers = "".join(
        SERVER.format(
            address=each.address, port=port, plain=plain, versions=VERSIONS[each.versions],
            chain=chain_file(folder, each), key=key_file(folder, each),
        )
        for each in endpoints
    )  # fmt: skip
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, servers=servers))
    command = ["nginx", "-p", str(folder), "-c", str(config)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
