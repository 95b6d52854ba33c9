"""A callback as it is configured in the portal: method, URL pattern, headers, body template. Renders to a request."""

import re
from base64 import b64encode
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct, structs

from sigcheck.callback.template import PLACEHOLDER, PLACEHOLDERS, check_placeholders, fill
from sigcheck.errors import UsageProblem
from sigcheck.headers import refusal
from sigcheck.model.delivery import Header, Message, Origin, Request
from sigcheck.model.evidence import CallbackShape, Target
from sigcheck.policy import Policy
from sigcheck.redaction.secrets_of import secrets_of_body, secrets_of_headers, secrets_of_url

DEFAULT_BODY = '{"device":"{device}","time":{time},"seqNumber":{seqNumber},"data":"{data}"}'
FORM_BODY = "device={device}&time={time}&seqNumber={seqNumber}&data={data}"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
METHODS = ("GET", "POST", "PUT")
"""What the portal offers for the URL channel (support.sigfox.com/docs/callback-medium)."""

CONTENT_TYPES = (FORM, JSON, "text/plain")

_FORM = re.compile(r"[^\s{}\"=&]+=[^&]*(?:&[^\s{}\"=&]+=[^&]*)*&?")
_JSON = re.compile(r"\s*(?:\{\s*\"|\{\s*\}|\[)")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Whole words: a "signal" is no "sig", and a "design" neither. `code` is what Azure Functions call their key.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS = frozenset(
    (
        "accesstoken",
        "apikey",
        "auth",
        "authorization",
        "code",
        "key",
        "pass",
        "passwd",
        "password",
        "pwd",
        "secret",
        "sig",
        "signature",
        "token",
    )
)


class Callback(Struct, frozen=True):
    """What is sent, with its secrets. `headers` are the user's own; `run` goes into X-Sigcheck-Run."""

    target: Target
    method: str
    headers: tuple[Header, ...]
    body: str | None
    content_type: str | None
    policy: Policy
    run: str

    def render(self, message: Message) -> Request:
        """Fill the placeholders: the request that carries `message`, identical to the byte each time."""
        sent: list[Header] = []
        if authorization := login(self.target.url):
            sent.append(("authorization", authorization))
        sent += [(name, fill(value, message)) for name, value in self.headers]
        sent += [*self.policy.headers, ("user-agent", self.policy.user_agent), ("x-sigcheck-run", self.run)]
        if self.content_type is not None:
            sent.append(("content-type", self.content_type))
        return Request(
            method=self.method,
            origin=origin_of(self.target),
            target=filled_target(self.target, message),
            headers=tuple(sent),
            body=b"" if self.body is None else fill(self.body, message).encode(),
        )

    def unauthenticated(self) -> "Callback | None":
        """Give the callback without headers of its own, login and secrets of the query; None where it has none."""
        parts = urlsplit(self.target.url)
        kept = [parameter for parameter in parts.query.split("&") if not _is_secret(parameter)]
        anonymous = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="&".join(kept))
        if not self.headers and anonymous == parts:
            return None
        return structs.replace(self, target=structs.replace(self.target, url=anonymous.geturl()), headers=())

    def secrets(self) -> tuple[str, ...]:
        """Give every string of this callback that no output may show."""
        return (*secrets_of_url(self.target.url), *secrets_of_headers(self.headers), *secrets_of_body(self.body or ""))

    def shape(self) -> CallbackShape:
        """Describe the callback without its values, for rules and reports."""
        names = tuple(name for name, _ in self.headers)
        parts = urlsplit(self.target.url)
        secret = any(map(_is_secret, parts.query.split("&")))
        return CallbackShape(
            method=self.method,
            content_type=self.content_type,
            headers=names,
            authenticated="@" in parts.netloc or secret or bool(self.headers),
            secret_in_url=secret,
            carries=self._carries(),
        )

    def looking_alike(self) -> str | None:
        """Say that the messages of a device cannot be told apart by what is sent; None where they can be."""
        carried = self._carries()
        if "time" in carried or "seqNumber" in carried:
            return None
        what = " and ".join(f"{{{name}}}" for name in carried)
        seen = f"the callback carries only {what}" if carried else "the callback carries no variable"
        cut = self.target.url.endswith("}") and "?" in self.target.url
        fix = "put the URL in quotes, because a shell cuts it at an &" if cut else "add {time} and {seqNumber}"
        return f"warning: {seen}, so all messages of a device look alike to the receiver: {fix}"

    def _carries(self) -> tuple[str, ...]:
        templates = (self.target.url, *(value for _, value in self.headers), self.body or "")
        found = {name for template in templates for name in PLACEHOLDER.findall(template)}
        return tuple(name for name in PLACEHOLDERS if name in found)


def configure(
    target: Target,
    policy: Policy,
    run: str,
    *,
    method: str | None = None,
    headers: tuple[str, ...] = (),
    body: str | None = None,
    content_type: str | None = None,
) -> Callback:
    """Make a callback from what the user gave; raises UsageProblem for what the portal would not take.

    A URL with placeholders and no body is sent as GET, as the portal does by default; otherwise a POST of
    the default JSON body.
    """
    check_placeholders("the URL", target.url)
    if method is None:
        method = "GET" if body is None and PLACEHOLDER.search(target.url) else "POST"
    if method not in METHODS:
        raise UsageProblem("--method: the portal has no such method", f"give one of {', '.join(METHODS)}")
    if method == "GET":
        if body is not None:
            raise UsageProblem("a GET callback has no body", "leave --body out, or give --method POST")
        if content_type is not None:
            raise UsageProblem(
                "a GET callback has no content type", "leave --content-type out, or give --method POST or --body"
            )
    else:
        if body is None and content_type == FORM:
            raise UsageProblem("a form needs a body template, and there is no --body", f"give --body '{FORM_BODY}'")
        body = DEFAULT_BODY if body is None else body
        content_type = JSON if content_type is None else content_type
        if content_type not in CONTENT_TYPES:
            raise UsageProblem("--content-type: the portal has no such type", f"give one of {', '.join(CONTENT_TYPES)}")
        if re.search(r"[\ud800-\udfff]", body):
            raise UsageProblem("the body is not UTF-8", "give it in UTF-8")
        check_placeholders("the body", body)
        _check_labelled(body, content_type)
    parsed = tuple(parse_header(header) for header in headers)
    names: set[str] = set()
    for name, value in parsed:
        if (why := refusal(name)) is not None:
            raise UsageProblem(f"header {name!r} cannot be set", why)
        if name.lower() in names:
            raise UsageProblem(f"header {name!r} is given twice", "the portal takes each header once")
        names.add(name.lower())
        check_placeholders(f"the header {name!r}", value)
    if "authorization" in names and "@" in urlsplit(target.url).netloc:
        raise UsageProblem(
            "a login in the URL and an Authorization header cannot be used together", "give one of the two"
        )
    return Callback(target, method, parsed, body, content_type, policy, run)


def _check_labelled(body: str, content_type: str) -> None:
    """See that a body that is plainly a form or JSON is called what it is; raises UsageProblem.

    Forms are k=v&k=v for the portal, and it validates JSON templates when they are saved (the older official text).
    """
    if content_type == FORM and not _FORM.fullmatch(body.strip()):
        what = "JSON" if _JSON.match(body) else "no form"
        fix = f"give --content-type {JSON}" if what == "JSON" else f"write it as '{FORM_BODY}'"
        raise UsageProblem(f"the content type is {FORM}, and the body is {what}", fix)
    if content_type == JSON and _FORM.fullmatch(body.strip()):
        raise UsageProblem(f"the body is a form, and its content type is {JSON}", f"give --content-type {FORM}")


def parse_header(text: str) -> Header:
    """Split 'Name: value'; raises UsageProblem that never repeats the value, which may be a secret."""
    name, separator, value = text.partition(":")
    name, value = name.strip(), value.strip()
    if not separator:
        raise UsageProblem("a header has no colon", "write 'Name: value'")
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


def filled_target(target: Target, message: Message) -> str:
    """Give the path and the query that are sent: ASCII, given escapes left alone."""
    parts = urlsplit(fill(target.url, message))
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


def _is_secret(parameter: str) -> bool:
    """Whether a parameter of the query has a name like a secret's and a value that is not made of placeholders."""
    name, _, value = parameter.partition("=")
    words = {word.lower() for word in _WORD.findall(unquote(name))}
    return not words.isdisjoint(_SECRET_WORDS) and PLACEHOLDER.sub("", value) != ""
