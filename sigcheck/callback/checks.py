"""What the portal would not take as a callback: said before anything is sent, at its place."""

import re
from urllib.parse import urlsplit

from sigcheck.callback.template import variables_in
from sigcheck.callback.values import Values
from sigcheck.errors import UsageProblem
from sigcheck.headers import refusal
from sigcheck.model.delivery import Header
from sigcheck.model.evidence import Target

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
METHODS = ("GET", "POST", "PUT")
"""What the portal offers for the URL channel (support.sigfox.com/docs/callback-medium)."""

CONTENT_TYPES = (FORM, JSON, "text/plain")

_MEDIA_TYPE = re.compile(r"(?:application|text|multipart)/[a-z.+-]{1,40}")

_FORM = re.compile(r"[^\s{}\"=&]+=[^&]*(?:&[^\s{}\"=&]+=[^&]*)*&?")
_JSON = re.compile(r"\s*(?:\{\s*\"|\{\s*\}|\[)")


def check_content_type(content_type: str) -> None:
    """See that the portal offers a content type; raises UsageProblem."""
    if content_type not in CONTENT_TYPES:
        # What does not look like a media type may be a secret that slipped here.
        named = f" as {content_type!r}" if _MEDIA_TYPE.fullmatch(content_type) else ""
        raise UsageProblem(
            f"--content-type: the portal has no such type{named}", f"give one of {', '.join(CONTENT_TYPES)}"
        )


def check_body(body: str, content_type: str, *, form: str) -> None:
    """See that a body can be sent under its content type; raises UsageProblem, which advises this form."""
    check_content_type(content_type)
    if re.search(r"[\ud800-\udfff]", body):
        raise UsageProblem("the body is not UTF-8", "give it in UTF-8")
    _check_labelled(body, content_type, form)


def check_headers(headers: tuple[Header, ...], target: Target, values: Values) -> None:
    """See that the portal lets these headers be set, each once, and that they can carry values; raises UsageProblem."""
    names: set[str] = set()
    for name, template in headers:
        for variable in variables_in(template):
            if not values.given.get(variable, "").isascii():
                raise UsageProblem(
                    f"--var {variable} has characters that the header {name!r} cannot carry", "use plain ASCII"
                )
        if (why := refusal(name)) is not None:
            raise UsageProblem(f"header {name!r} cannot be set", why)
        if name.lower() in names:
            raise UsageProblem(f"header {name!r} is given twice", "the portal takes each header once")
        names.add(name.lower())
    if "authorization" in names and "@" in urlsplit(target.url).netloc:
        raise UsageProblem(
            "a login in the URL and an Authorization header cannot be used together", "give one of the two"
        )


def _check_labelled(body: str, content_type: str, form: str) -> None:
    """See that a body that is plainly a form or JSON is called what it is; raises UsageProblem.

    Forms are k=v&k=v for the portal, and it validates JSON templates when they are saved (the older official text).
    """
    # An empty one is right: all that a form says may stand in the URL.
    if content_type == FORM and body.strip() and not _FORM.fullmatch(body.strip()):
        what = "JSON" if _JSON.match(body) else "no form"
        fix = f"give --content-type {JSON}" if what == "JSON" else f"write it as '{form}'"
        raise UsageProblem(f"the content type is {FORM}, and the body is {what}", fix)
    if content_type == JSON and _FORM.fullmatch(body.strip()):
        raise UsageProblem(f"the body is a form, and its content type is {JSON}", f"give --content-type {FORM}")
