"""What a target's settings need of the machine that runs it, and what of them had better not travel there."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from sigcheck.config.decoding import variables_in
from sigcheck.config.given import Given, Settings
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import Field, fields
from sigcheck.config.texts import beside
from sigcheck.redaction.secrets_of import (
    PLACEHOLDER,
    escape_variables,
    looks_drawn,
    names_a_secret,
    secret_segments,
)

_DEVICES = re.compile(r"[\s,0-9A-Fa-f]*")
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_SCHEMES = frozenset(("bearer", "basic", "token", "digest"))
_IN_HEADERS = ("header", "observe_header", "fail_header")
_IN_URLS = ("url", "observe_url", "observe_sql")


def variables_of(settings: Settings) -> frozenset[str]:
    """Give the names of the environment variables that are replaced in settings, but for those in files they name."""
    known = fields(RunConfig)
    found: set[str] = set()
    for name, given in settings.items():
        if name == "url" or (name in known and known[name].setting.filled):
            for text in _texts(given):
                found |= variables_in(text, command=name.endswith("_command"))
    return frozenset(found)


def files_of(settings: Settings) -> frozenset[str]:
    """Give the paths of the files that are read for settings, from the folder of the process."""
    known = fields(RunConfig)
    return frozenset(
        beside(path, one)
        for name, given in settings.items()
        if name in known
        for one in given
        for text in _texts((one,))
        for path in _path(known[name], text)
    )


def holds_a_secret(settings: Settings) -> bool:
    """Whether a credential is written out in the settings of a target, where a variable could stand for it."""
    texts = {name: list(_texts(given)) for name, given in settings.items()}
    headers = (text for name in _IN_HEADERS for text in texts.get(name, ()) if not text.startswith("@"))
    urls = (text for name in _IN_URLS for text in texts.get(name, ()))
    return any(map(_header_tells, headers)) or any(map(_url_tells, urls))


def _header_tells(text: str) -> bool:
    name, _, value = text.partition(":")
    secret = names_a_secret(name) or name.strip().lower() == "cookie"
    literal = PLACEHOLDER.sub("", _VARIABLE.sub("", value))
    return secret and any(word.lower() not in _SCHEMES and word.strip("=:;,") for word in literal.split())


def _url_tells(url: str) -> bool:
    plain = _VARIABLE.sub("", escape_variables(url))
    try:
        parts = urlsplit(plain)
    except ValueError:
        return False
    login = parts.netloc.rpartition("@")[0].partition(":")[2] or parts.netloc.rpartition("@")[0]
    if login and PLACEHOLDER.sub("", login):
        return True
    for pair in re.split("[&;]", parts.query):
        name, _, value = pair.partition("=")
        literal = PLACEHOLDER.sub("", value)
        if literal and (names_a_secret(name) or looks_drawn(literal)):
            return True
    return any(True for _ in secret_segments(parts.path))


def _path(field: Field, text: str) -> Iterator[str]:
    if field.setting.path == "file":
        yield text
    elif field.setting.path == "@" and text.startswith("@"):
        yield text[1:]
    elif field.name == "devices" and not _DEVICES.fullmatch(text):
        yield text


def _texts(given: Iterable[Given]) -> Iterator[str]:
    for one in given:
        values = one.value if isinstance(one.value, list | tuple) else (one.value,)
        yield from (each for each in values if isinstance(each, str))
