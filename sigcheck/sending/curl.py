"""The curl command that sends what sigcheck sends, to the byte; secrets come from the environment, or are put in."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, structs

from sigcheck.callback import Callback
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message, Request
from sigcheck.plan import RunPlan
from sigcheck.redaction.disarm import disarm
from sigcheck.redaction.redact import redact_url
from sigcheck.redaction.secrets_of import HIDDEN, redact_body, redact_header

_MARK = re.compile(r"sigcheck-variable-([A-Za-z_][A-Za-z0-9_]*)-end")
_STAND_IN = re.compile(r"\{variable([0-9]+)\}")
_ESCAPED = re.compile(r"[^ -~]|[!'\\]|:(?=:)|(?<=:):|#(?=#)|(?<=#)#")
"""What is escaped in $'…': what a shell or a terminal would obey, and the signs that begin an order to a CI system."""


SCHEMES = frozenset(("basic", "bearer", "token"))
"""The first words of credentials."""


class Marks(Mapping[str, str]):
    """An environment in which each variable that is set holds a mark in place of its value."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __getitem__(self, name: str) -> str:
        held = self._environment[name]
        return f"sigcheck-variable-{name}-end" if held.strip() else held

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)


class Command(Struct, frozen=True):
    """A command for a shell. `hidden`: it has *** in the place of secrets that must be put in."""

    text: str
    hidden: bool


def curl_command(plan: RunPlan, marked: Callback, message: Message) -> Command:
    """Give the command for the message of a plan; `marked` is its callback as read with Marks for an environment.

    Raises UsageProblem for a callback that sends no SNI: curl has no option for that.
    """
    if plan.config.no_sni and plan.callback.target.scheme == "https":
        raise UsageProblem("curl always sends SNI, so there is no command for --no-sni", "leave one of the two out")
    real = plan.callback.render(message)
    safe = structs.replace(_concealed(marked, plan.redactor.hidden), run=plan.callback.run).render(message)
    words = ["curl", "--disable", "--silent", "--show-error", "--include", "--noproxy", "*", "--http1.1", "--no-alpn"]
    words += ["--path-as-is", "--globoff", "--request", real.method]
    words += [word for header in _headers(real, safe) for word in ("--header", header)]
    if real.method != "GET":
        words += ["--data-raw", safe.body.decode()]
    for each in plan.config.resolve:
        words += ["--resolve", each]
    if plan.config.ca_file is not None:
        words += ["--cacert", plan.config.ca_file]
    words.append(safe.url)
    text = " ".join(map(_quoted, words))
    return Command(text, HIDDEN in "".join(words))


def _headers(real: Request, safe: Request) -> Iterator[str]:
    """Give curl's headers in the order of the wire, and take away those that it would add.

    An empty Host makes curl leave its own out, which always comes first; the one of ours then stands in its place.
    """
    yield from ("Host:", "Accept:")
    if real.method != "GET":
        yield "Expect:"
        if all(name != "content-type" for name, _ in real.fields):
            yield "Content-Type:"
    for (name, value), (_, shown) in zip(real.fields, safe.fields, strict=True):
        if name == "content-length":
            yield f"{name}: {value}"
        elif name == "authorization":  # of a login in the URL
            yield f"{name}: Basic {HIDDEN}"
        else:
            yield f"{name}: {shown}" if shown else f"{name};"


def _concealed(callback: Callback, hidden: Callable[[str], str]) -> Callback:
    """Hide every literal that may be a secret, and what is known for one, but for the marks of variables."""
    return structs.replace(
        callback,
        target=structs.replace(callback.target, url=_keeping(callback.target.url, lambda url: redact_url(hidden(url)))),
        headers=tuple((name, _header(name, value, hidden)) for name, value in callback.headers),
        body=None if callback.body is None else _keeping(callback.body, lambda body: redact_body(hidden(body))),
        line=None if callback.line is None else _keeping(callback.line, lambda line: redact_body(hidden(line))),
    )


def _header(name: str, value: str, hidden: Callable[[str], str]) -> str:
    """Hide the literal part of a header's value; the name of a scheme in front of a variable is none."""
    scheme, blank, rest = value.partition(" ")
    kept = scheme + blank if scheme.lower() in SCHEMES and _MARK.search(rest) else ""
    return kept + _keeping(value.removeprefix(kept), lambda text: redact_header(name, hidden(text)))


def _keeping(text: str, change: Callable[[str], str]) -> str:
    """Change a text but for the marks in it, which are to `change` like placeholders of a message."""
    marks: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        marks.append(match[0])
        return f"{{variable{len(marks) - 1}}}"

    changed = change(_MARK.sub(stand_in, text))
    return _STAND_IN.sub(lambda match: marks[int(match[1])] if int(match[1]) < len(marks) else match[0], changed)


def _quoted(word: str) -> str:
    """Quote a word for a shell, but for its variables. What a terminal would obey is written as escapes."""
    parts = _MARK.split(word)
    # Every second part is the name of a variable.
    return "".join(f'"${{{part}}}"' if number % 2 else _literal(part, parts) for number, part in enumerate(parts))


def _literal(text: str, parts: list[str]) -> str:
    if not text:
        return "" if len(parts) > 1 else "''"
    if disarm(text) == text:
        return shlex.quote(text)
    # As bash, zsh and ksh have it.
    return "$'" + _ESCAPED.sub(lambda match: _escaped(match.group()), text) + "'"


def _escaped(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
