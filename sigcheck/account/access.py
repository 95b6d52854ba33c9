"""Where the Sigfox API is, and who asks: an API user, whose login and password come from the environment."""

import os
from base64 import b64encode
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from sigcheck.errors import UsageProblem

API = "https://api.sigfox.com/v2"
"""The base URL that the public description of the API names (host api.sigfox.com, base path /v2)."""

LOGIN, PASSWORD = "SIGFOX_API_LOGIN", "SIGFOX_API_PASSWORD"
_PORTS = {"https": 443, "http": 80}

Origin = tuple[str, str, int]
"""Scheme, host and port of a URL."""


class Access(Struct, frozen=True):
    """The base URL of the API, and the login and the password of an API user."""

    login: str
    password: str
    url: str = API

    @property
    def authorization(self) -> str:
        """The Basic authorization, as the API asks for it."""
        return "Basic " + self._encoded

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no output may show."""
        return (self.login, self.password, f"{self.login}:{self.password}", self._encoded)

    @property
    def _encoded(self) -> str:
        return b64encode(f"{self.login}:{self.password}".encode()).decode("ascii")

    def __repr__(self) -> str:
        return f"Access(url={self.url!r}, …)"


def access_from(url: str | None = None, environment: Mapping[str, str] | None = None) -> Access:
    """Read who asks from the environment (os.environ unless told otherwise); `url` takes the place of the API's own.

    Raises UsageProblem where a variable is missing or cannot be sent, or the URL would not keep the password secret.
    """
    held = os.environ if environment is None else environment
    base = API if url is None else _base(url)
    login, password = (held.get(name, "").strip() for name in (LOGIN, PASSWORD))
    missing = [name for name, value in ((LOGIN, login), (PASSWORD, password)) if not value]
    if missing:
        noun = "variable" if len(missing) == 1 else "variables"
        raise UsageProblem(
            f"--api needs the environment {noun} {' and '.join(missing)}",
            f"set {LOGIN} and {PASSWORD} to the login and the password of an API user of your group",
        )
    for name, value in ((LOGIN, login), (PASSWORD, password)):
        if not value.isprintable() or any("\ud800" <= each <= "\udfff" for each in value):
            raise UsageProblem(f"{name} has characters that no login has", "set it to plain text on one line")
    if ":" in login:
        raise UsageProblem(f"{LOGIN} has a colon, which ends a login", "give the login alone, without the password")
    return Access(login, password, base)


def origin(parts: SplitResult) -> Origin | None:
    """Give the origin of a URL; None where it has no host, or no valid port."""
    try:
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    scheme = parts.scheme.lower()
    if not host or scheme not in _PORTS:
        return None
    return scheme, host.rstrip("."), port or _PORTS[scheme]


def is_loopback(host: str) -> bool:
    """Whether a host of a URL is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _base(url: str) -> str:
    """Check a base URL; raises UsageProblem that does not repeat it, since it may have a login."""
    fix = f"give a URL such as {API}"
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UsageProblem("--api-url is not a URL", fix) from None
    where = origin(parts)
    if where is None or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageProblem("--api-url is not a URL", fix)
    if "@" in parts.netloc:
        raise UsageProblem("--api-url has a login in it", f"set {LOGIN} and {PASSWORD} instead")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise UsageProblem("--api-url has a query or a fragment", fix)
    if where[0] != "https" and not is_loopback(where[1]):
        raise UsageProblem(
            "--api-url is plain http, and the password would be sent for everybody to read", "give an https:// URL"
        )
    return url.rstrip("/")
