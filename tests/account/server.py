"""The Sigfox API on this machine, as its public description has it: paths, Basic auth, paging, errors, schemas.

    with sigfox_api(Account(device_types=[…], callbacks={…})) as api:
        api.fail("/device-types/", status=429, headers={"Retry-After": "0"})
        …  # api.url, api.asked

It checks every answer of its own against schemas.json. `as_seen` then changes records of undelivered callbacks to what
operators have published: the status a number, a `date`, a body of JSON as an object.
"""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from jsonschema import Draft202012Validator

LOGIN, PASSWORD = "5c4f1999aaaa0a02", "correct-horse-battery"
ENVIRONMENT = {"SIGFOX_API_LOGIN": LOGIN, "SIGFOX_API_PASSWORD": PASSWORD}
"""What lets a client in."""

BASE = "/v2"
SCHEMAS = json.loads(Path(__file__).with_name("schemas.json").read_text(encoding="utf-8"))


@dataclass
class Account:
    """What an API user sees. `callbacks` has lists by device type, `last_errors` a record by callback.

    `undelivered` are records of devices, `of_groups` those of groups, by group. `forbidden` are ids that answer 403.
    """

    device_types: list[dict[str, Any]] = field(default_factory=list)
    callbacks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    undelivered: list[dict[str, Any]] = field(default_factory=list)
    of_groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    last_errors: dict[str, dict[str, Any]] = field(default_factory=dict)
    forbidden: frozenset[str] = frozenset()
    as_seen: bool = False


@dataclass
class Answer:
    """An answer: JSON, or bytes as they are."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    schema: str | None = None


@dataclass
class Fault:
    """An answer in the place of the right one, for the next `times` requests of a path."""

    path: str
    answer: Answer
    times: int


@dataclass
class SigfoxApi:
    """A running server. `asked` has each request's path, query and authorization, in order."""

    account: Account
    url: str = ""
    asked: list[tuple[str, dict[str, str], str | None]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        """Give the paths that were asked for, in order."""
        return [path for path, _, _ in self.asked]

    def fail(
        self, path: str, *, status: int = 200, body: Any = None, headers: dict[str, str] | None = None, times: int = 1
    ) -> None:
        """Answer so the next `times` requests of `path`, which is "*" for any. `body` may be bytes."""
        self.faults.append(Fault(path, Answer(status, body, headers or {}), times))

    def answer(self, path: str, query: dict[str, str], authorization: str | None) -> Answer:
        """Give the answer to a GET of a path below the base."""
        self.asked.append((path, query, authorization))
        for fault in self.faults:
            if fault.times > 0 and fault.path in {"*", path}:
                fault.times -= 1
                return fault.answer
        if authorization != "Basic " + b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode():
            return Answer(401, headers={"WWW-Authenticate": 'Basic realm="Sigfox"'})
        return self._route([unquote(part) for part in path.strip("/").split("/")], path, query)

    def _route(self, parts: list[str], path: str, query: dict[str, str]) -> Answer:
        account = self.account
        known = {each["id"] for each in account.device_types} | set(account.callbacks)
        if self.account.forbidden.intersection(parts):
            return Answer(403, {"message": "You are not allowed to access the resource."}, schema="message")
        match parts:
            case ["device-types"]:
                return self._page(account.device_types, path, query, "deviceTypes")
            case ["device-types", kind]:
                found = next((each for each in account.device_types if each["id"] == kind), None)
                return _missing() if found is None else Answer(200, found, schema="deviceType")
            case ["device-types", kind, "callbacks"] if kind in known:
                return Answer(200, {"data": account.callbacks.get(kind, [])}, schema="callbacks")
            case ["device-types", kind, "callbacks-not-delivered"] if kind in known:
                records = [each for each in account.undelivered if each["deviceTypeId"] == kind]
                return self._records(records, path, query, "undeliveredOfDevices")
            case ["device-types", kind, "callbacks", each, "callbacks-not-delivered"] if kind in known:
                last = account.last_errors.get(each)
                return _missing() if last is None else Answer(200, last, schema="ofDevice")
            case ["devices", device, "callbacks-not-delivered"]:
                records = [each for each in account.undelivered if each["deviceId"] == device]
                return self._records(records, path, query, "undeliveredOfDevices") if records else _missing()
            case ["groups", group, "callbacks-not-delivered"] if group in account.of_groups:
                return self._records(account.of_groups[group], path, query, "undeliveredOfGroups")
        return _missing()

    def _records(self, records: list[dict[str, Any]], path: str, query: dict[str, str], schema: str) -> Answer:
        since, before = (int(query.get(name, default)) for name, default in (("since", "0"), ("before", "9" * 15)))
        shown = [each for each in records if since <= each["time"] <= before]
        return self._page(sorted(shown, key=lambda each: -each["time"]), path, query, schema)

    def _page(self, items: list[dict[str, Any]], path: str, query: dict[str, str], schema: str) -> Answer:
        limit, offset = query.get("limit", "100"), query.get("offset", "0")
        wrong = [("limit", "must be between 1 and 100")] if not limit.isdigit() or not 1 <= int(limit) <= 100 else []
        wrong += [("offset", "must be a number of at least 0")] if not offset.isdigit() else []
        if wrong:
            errors = [{"type": "query", "field": name, "message": text} for name, text in wrong]
            return Answer(400, {"message": "Bad request", "errors": errors}, schema="badRequest")
        end = int(offset) + int(limit)
        following = urlencode({**query, "limit": limit, "offset": end})
        paging = {"next": f"{self.url}{path}?{following}"} if end < len(items) else {}
        return Answer(200, {"data": items[int(offset) : end], "paging": paging}, schema=schema)

    def check(self, answer: Answer) -> None:
        """Note where an answer of this server is not what the description says."""
        if answer.schema is not None:
            for error in validator(answer.schema).iter_errors(answer.body):
                self.problems.append(f"{answer.schema}: {error.json_path}: {error.message}")


def _missing() -> Answer:
    return Answer(404, {"message": "The requested resource was not found."}, schema="message")


@cache
def validator(name: str) -> Draft202012Validator:
    """Give what checks one of the shapes of schemas.json."""
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMAS["$defs"]})


def as_seen(record: dict[str, Any]) -> dict[str, Any]:
    """Give a record as operators have published theirs."""
    sent = dict(record.get("callback", {}))
    if sent.get("contentType") == "application/json" and "body" in sent:
        sent["body"] = json.loads(sent["body"])
    number = int(record["status"])
    return {**record, "status": number, "date": "2026-11-20T09:12:10Z", "callback": sent}


@contextmanager
def sigfox_api(account: Account) -> Iterator[SigfoxApi]:
    """Run the API on port 0 of 127.0.0.1; it listens on entry, and all threads have ended on exit."""
    api = SigfoxApi(account)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if not parts.path.startswith(BASE + "/"):
                answer = _missing()
            else:
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                answer = api.answer(parts.path.removeprefix(BASE), query, self.headers["Authorization"])
            api.check(answer)
            body = answer.body
            if account.as_seen and (answer.schema or "").startswith("undelivered"):
                body = {**body, "data": [as_seen(each) for each in body["data"]]}
            raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
            self.send_response(answer.status)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(raw))} | answer.headers
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_arguments: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    api.url = f"http://127.0.0.1:{server.server_port}{BASE}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="sigfox-api")
    thread.start()
    try:
        yield api
    finally:
        api.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
    assert api.problems == [], "the server does not answer as its description says"
