"""BATCH_URL callbacks: several messages of a device type in one request, a line of text for each.

Known: the messages are collected and sent once per second, a line each as `linePattern` of the API says, in a parameter
that `{batch}` fills, percent-encoded. Not published: the sign between two lines (a newline is our choice), and which
of the types may have such callbacks beside the two whose batches the pages speak of.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from sigcheck.callback.template import check_variables, put_in, unfilled, variables_in
from sigcheck.callback.values import Values
from sigcheck.errors import UsageProblem
from sigcheck.model.delivery import Message

BATCH = "batch"
"""The variable that the lines of a batch fill."""

SEPARATOR = "\n"
"""What stands between two lines. It is not published: our choice."""

BATCHED = ("data/uplink", "data/bidir")
"""The types of which the pages say that they come in batches: the messages of a device type, and the downlink's
page of a reply to several of them."""

ADVISED = "{device};{time};{seqNumber};{data};"
"""A pattern that names each message; the one of the official example leaves the sequence number out."""


def lines_of(pattern: str, values: Values, messages: Sequence[Message]) -> dict[str, str]:
    """Give what fills the templates of a batch callback: a line for each message, in their order."""
    return {BATCH: SEPARATOR.join(put_in(pattern, values.of(message)) for message in messages)}


def check_pattern(pattern: str, values: Values) -> None:
    """See that a line pattern can be filled for this type; raises UsageProblem."""
    if values.type.name not in BATCHED:
        raise UsageProblem(
            f"--line-pattern is given, and no page says that {values.type.name} callbacks come in batches",
            f"leave it out, or give --type {' or '.join(BATCHED)}",
        )
    if not pattern.isprintable():
        raise UsageProblem(
            "--line-pattern has control characters", f"give one line, without its end, such as '{ADVISED}'"
        )
    if BATCH in variables_in(pattern):
        raise UsageProblem(
            "--line-pattern has {batch}, which stands for all lines together",
            f"put {{batch}} into the URL's query or the body, and give a pattern such as '{ADVISED}'",
        )
    check_variables({"--line-pattern": pattern}, values)


def check_places(url: str, body: str | None, headers: Mapping[str, str]) -> None:
    """See that `{batch}` stands where it is sent, and nothing else is to be filled there; raises UsageProblem.

    `headers` has the value of each under what the header is called.
    """
    for what, template in {"the URL": url, "the body": body or "", **headers}.items():
        others = unfilled(template, {BATCH})
        if others:
            said = " and ".join(f"{{{name}}}" for name in others)
            raise UsageProblem(
                f"{what} has {said}, and a callback with a line pattern fills only {{batch}} there",
                f"put {said} into --line-pattern",
            )
        if what in headers and BATCH in variables_in(template):
            raise UsageProblem(f"{what} has {{batch}}, and a header is one line", "put it into the query or the body")
    parts = urlsplit(url)
    if BATCH in variables_in(parts.path):
        raise UsageProblem("the path of the URL has {batch}", "put it into the query: ?batch={batch}, or into the body")
    if BATCH not in {*variables_in(parts.query), *variables_in(body or "")}:
        raise UsageProblem(
            "--line-pattern is given, and {batch} stands neither in the URL's query nor in the body",
            "add ?batch={batch} to the URL, or give --body 'batch={batch}'",
        )


def check_no_batch(templates: Mapping[str, str]) -> None:
    """See that `{batch}` stands nowhere in a callback without a line pattern; raises UsageProblem.

    `templates` has each template under what it is called.
    """
    for what, template in templates.items():
        if BATCH in variables_in(template):
            fix = f"give --line-pattern '{ADVISED}'"
            raise UsageProblem(f"{what} has {{batch}}, and there is no line pattern", fix)
