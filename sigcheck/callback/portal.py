"""A callback as it is configured in the portal: method, URL pattern, headers, body template. Renders to a request."""

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from msgspec import Struct, structs

from sigcheck.callback.batches import check_no_batch, check_pattern, check_places, lines_of
from sigcheck.callback.cautions import cautions
from sigcheck.callback.checks import FORM, JSON, METHODS, check_body, check_content_type, check_headers
from sigcheck.callback.credentials import is_secret
from sigcheck.callback.places import escaped, filled_target, login, origin_of, parse_header
from sigcheck.callback.template import PLACEHOLDER, PLACEHOLDERS, check_variables, message_fields, put_in, variables_in
from sigcheck.callback.values import ACK, Values
from sigcheck.callback.variables import DATA, DEVICE, SEQUENCE, TIME
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Header, Message, Request
from sigcheck.model.evidence import CallbackShape, Target
from sigcheck.policy import Policy
from sigcheck.redaction.secrets_of import secrets_of_body, secrets_of_headers, secrets_of_url

ORDINARY = Values()
"""Of an uplink, with the defaults."""

_CARRIED = {DEVICE.name: "device", TIME.name: "time", SEQUENCE.name: "seq_number", DATA.name: "data"}


class Callback(Struct, frozen=True):
    """What is sent, with its secrets. `headers` are the user's own; `run` goes into X-Sigcheck-Run.

    `line` is the line pattern of a BATCH_URL callback, None for one that sends each message by itself.
    `query_in_body`: the parameters of the URL are sent in the form, in front of its own.
    """

    target: Target
    method: str
    headers: tuple[Header, ...]
    body: str | None
    content_type: str | None
    policy: Policy
    run: str
    values: Values = ORDINARY
    line: str | None = None
    query_in_body: bool = False

    def render(self, message: Message) -> Request:
        """Fill the variables: the request that carries `message`, identical to the byte each time.

        A callback with a line pattern sends a batch of one.
        """
        return self.render_batch((message,))

    def render_batch(self, messages: Sequence[Message]) -> Request:
        """Fill the variables: the request that carries these messages; one where there is no line pattern."""
        if self.line is None:
            (message,) = messages
            values = self.values.of(message)
        else:
            values = lines_of(self.line, self.values, messages)
        sent: list[Header] = []
        if authorization := login(self.target.url):
            sent.append(("authorization", authorization))
        sent += [(name, put_in(value, values)) for name, value in self.headers]
        sent += [*self.policy.headers, ("user-agent", self.policy.user_agent), ("x-sigcheck-run", self.run)]
        if self.content_type is not None:
            sent.append(("content-type", self.content_type))
        target = filled_target(self.target, values)
        body = "" if self.body is None else put_in(self.body, values, self._fitting)
        if self.query_in_body:
            target, _, query = target.partition("?")
            body = "&".join(part for part in (query, body) if part)
        return Request(self.method, origin_of(self.target), target, tuple(sent), body.encode())

    def with_query_in_body(self) -> "Callback":
        """Give the callback as an old official text says that a form is sent; raises UsageProblem if it has none."""
        if self.content_type != FORM:
            raise UsageProblem(
                "--form-query is given, and the callback sends no form", f"leave it out, or give --content-type {FORM}"
            )
        if not urlsplit(self.target.url).query:
            raise UsageProblem("--form-query is given, and the URL has no query", "leave it out")
        return structs.replace(self, query_in_body=True)

    def _fitting(self, name: str, text: str) -> str:
        """Make a value part of the body. The portal's own way is not published: what would break the body is escaped.

        Raw JSON stays as it is.
        """
        if self.content_type == FORM:
            return escaped(name, text)
        if self.content_type != JSON:
            return text
        variable = self.values.type.variable(name)
        return text if variable is not None and variable.kind == "raw" else json.dumps(text, ensure_ascii=False)[1:-1]

    def unauthenticated(self) -> "Callback | None":
        """Give the callback without headers of its own, login and secrets of the query; None where it has none."""
        parts = urlsplit(self.target.url)
        kept = [parameter for parameter in parts.query.split("&") if not is_secret(parameter)]
        anonymous = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="&".join(kept))
        if not self.headers and anonymous == parts:
            return None
        return structs.replace(self, target=structs.replace(self.target, url=anonymous.geturl()), headers=())

    def secrets(self) -> tuple[str, ...]:
        """Give every string of this callback that no output may show."""
        bodies = (*secrets_of_body(self.body or ""), *secrets_of_body(self.line or ""))
        return (*secrets_of_url(self.target.url), *secrets_of_headers(self.headers), *bodies)

    def shape(self) -> CallbackShape:
        """Describe the callback without its values, for rules and reports."""
        names = tuple(name for name, _ in self.headers)
        parts = urlsplit(self.target.url)
        secret = any(map(is_secret, parts.query.split("&")))
        return CallbackShape(
            method=self.method,
            content_type=self.content_type,
            headers=names,
            authenticated="@" in parts.netloc or secret or bool(self.headers),
            secret_in_url=secret,
            carries=self._carries(),
            type=self.values.type.name,
            variables=self._variables(),
            batched=self.line is not None,
            ack=self.values.ack if ACK in self._variables() else None,
        )

    @property
    def varies_ack(self) -> bool:
        """Whether some messages may say that their device waits for a downlink, and others that it does not."""
        return self.values.type.downlink and ACK in self._variables() and ACK not in self.values.given

    def warnings(self, *, typed: bool = True) -> tuple[str, ...]:
        """Give what the user should know before anything is sent, a line each.

        `typed`: the URL was typed into a shell, which may have cut it.
        """
        names = self._variables()
        body = None if self.method == "GET" else self.body
        batched, typed = self.line is not None, typed and self.line is None
        return tuple(
            cautions(self.target.url, body, self.content_type, names, self.values, typed=typed, batched=batched)
        )

    def _carries(self) -> tuple[str, ...]:
        """Give what of a message is sent, by the names of the first types: an event calls them otherwise."""
        fields = message_fields(self._variables())
        return tuple(name for name in PLACEHOLDERS if _CARRIED[name] in fields)

    def _variables(self) -> tuple[str, ...]:
        """Give every variable that is sent, in the order of the type's table."""
        templates = (self.target.url, *(value for _, value in self.headers), self.body or "", self.line or "")
        found = {name for template in templates for name in variables_in(template)}
        return tuple(name for name in self.values.names if name in found)


def configure(
    target: Target,
    policy: Policy,
    run: str,
    *,
    method: str | None = None,
    headers: tuple[str, ...] = (),
    body: str | None = None,
    content_type: str | None = None,
    values: Values = ORDINARY,
    line: str | None = None,
) -> Callback:
    """Make a callback from what the user gave; raises UsageProblem for what the portal would not take.

    A URL with placeholders and no body is sent as GET, as the portal does by default; otherwise a POST of
    the default JSON body of its type. With a line pattern it is a POST of the body that was given, if any.
    """
    if method is None:
        method = "GET" if line is None and body is None and PLACEHOLDER.search(target.url) else "POST"
    if method not in METHODS:
        raise UsageProblem("--method: the portal has no such method", f"give one of {', '.join(METHODS)}")
    if method == "GET":
        if body is not None:
            raise UsageProblem("a GET callback has no body", "leave --body out, or give --method POST")
        if content_type is not None:
            raise UsageProblem(
                "a GET callback has no content type", "leave --content-type out, or give --method POST or --body"
            )
    elif line is not None:
        # The API has no body template for batches: the parameter may stand in the URL, and the body be empty.
        content_type = FORM if body is not None and content_type is None else content_type
        if content_type is not None:
            check_content_type(content_type)
        if body is not None and content_type is not None:
            check_body(body, content_type, form="batch={batch}")
    else:
        if body is None and content_type == FORM:
            raise UsageProblem(
                "a form needs a body template, and there is no --body", f"give --body '{values.type.form}'"
            )
        body = values.type.body if body is None else body
        content_type = JSON if content_type is None else content_type
        check_body(body, content_type, form=values.type.form)
    parsed = tuple(parse_header(header) for header in headers)
    check_headers(parsed, target, values)
    templates = {"the URL": target.url} | ({} if body is None else {"the body": body})
    named = {f"the header {name!r}": value for name, value in parsed}
    if line is None:
        check_no_batch(templates | named)
        check_variables(templates | named, values)
    else:
        check_pattern(line, values)
        check_places(target.url, body, named)
    return Callback(target, method, parsed, body, content_type, policy, run, values, line)
