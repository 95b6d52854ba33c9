"""The places of a callback where text stands: its URL on the wire, its login, a header."""

import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from sigcheck.callback.template import put_in
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Header, Origin
from sigcheck.model.evidence import Target

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def parse_header(text: str) -> Header:
    """Split 'Name: value'; raises UsageProblem that never repeats the value, which may be a secret."""
    name, separator, value = text.partition(":")
    name, value = name.strip(), value.strip()
    if not separator:
        raise UsageProblem("a header has no colon", "write 'Name: value'")
    if "{" in name and "}" in name:
        raise UsageProblem(
            "a header's name has a variable, and the portal fills them in values only",
            "write 'Name: value', with the variable in the value",
        )
    if not _TOKEN.fullmatch(name):
        raise UsageProblem(
            "a header's name is not valid", "write 'Name: value', and in Name letters, digits and hyphens"
        )
    if not value.isascii() or not value.isprintable():
        raise UsageProblem(f"the value of header {name!r} has characters that a header cannot carry", "use plain ASCII")
    return name, value


def origin_of(target: Target) -> Origin:
    """Give whom a target's requests go to."""
    return Origin(target.scheme, target.host, target.port)


def escaped(_name: str, text: str) -> str:
    """Make a value part of a URL or of a form: the one batch request on record has its values so."""
    return quote(text, safe="")


def filled_target(target: Target, values: Mapping[str, str]) -> str:
    """Give the path and the query that are sent, with these values: ASCII, given escapes left alone."""
    parts = urlsplit(put_in(target.url, values, escaped))
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._{}\"|^`<>[]\\")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?{}\"|^`<>[]\\")
    return f"{path}?{query}" if query else path


def login(url: str) -> str | None:
    """Give the Basic authorization that a login in a URL stands for, as the portal documents."""
    userinfo, separator, _ = urlsplit(url).netloc.rpartition("@")
    if not separator:
        return None
    user, _, password = userinfo.partition(":")
    return "Basic " + b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode("ascii")
