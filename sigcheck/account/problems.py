"""What the API may answer instead of what was asked for: one line each, that says what it means and what to do."""

import re
import ssl
from typing import Any

from sigcheck.account.access import LOGIN, PASSWORD
from sigcheck.errors import UsageProblem
from sigcheck.probes.failures import in_words
from sigcheck.words import shortened

LONGEST_QUOTE = 200
"""Characters of the API's own words that are quoted."""

MOST_DETAILS = 3
"""How many of the errors that a 400 lists are quoted."""

_INTERNAL = re.compile(r"\s*\(_ssl\.c:\d+\)|^\[SSL[^\]]*\]\s*")
"""What Python writes around OpenSSL's words: the line of its source, and the reason once more, as a name."""

_LATER = "try again later; if it stays so, ask the support of Sigfox"


class ApiProblem(UsageProblem):
    """The API did not give what was asked for. `status` is what it answered with, None where it did not answer."""

    def __init__(self, message: str, fix: str, status: int | None = None) -> None:
        super().__init__(message, fix)
        self.status = status


def refused(path: str, status: int, answer: Any) -> ApiProblem:
    """Say what a status other than 200 means for `path`; `answer` is the JSON that came with it, None for none."""
    words = _words(answer)
    match status:
        case 400:
            what, fix = "refused the request as a bad one", "check what you asked for, such as the id of --device-type"
        case 401:
            what = "did not accept the login"
            fix = f"set {LOGIN} and {PASSWORD} to the login and the password of an API user, not of a portal account"
        case 403:
            what = "does not let this API user read it"
            fix = "give the API user a profile with the right to read it, in the group that it belongs to"
        case 404:
            what, fix = "does not know it", "check the id, and that it belongs to the group of the API user"
        case 429:
            what, fix = (
                "was asked too often",
                "run this again in some minutes, without other programs that ask it",
            )
        case _ if 300 <= status < 400:
            what = "wants to send the client elsewhere, which sigcheck does not follow with a password"
            fix = "give --api-url the URL that it redirects to, if you trust it"
        case _ if status >= 500:
            what, fix = "failed", _LATER
        case _:
            what, fix = "gave no usable answer", "check --api-url"
    said = f": {words}" if words else ""
    return ApiProblem(f"the Sigfox API answered {status} to GET {path}: it {what}{said}", fix, status)


def waits_too_long(path: str, seconds: float, most: float) -> ApiProblem:
    """Say that a 429 asks for more patience than there is."""
    return ApiProblem(
        f"the Sigfox API answered 429 to GET {path}: it asks to wait {seconds:g} s, more than the {most:g} s that "
        "sigcheck waits",
        f"run this again after {seconds:g} s",
        429,
    )


def timed_out(path: str, seconds: float) -> ApiProblem:
    """Say that no whole answer came in time."""
    return ApiProblem(
        f"the Sigfox API did not answer GET {path} within {seconds:g} s", "check the connection, or try again later"
    )


def unreachable(path: str, error: BaseException) -> ApiProblem:
    """Say why no answer came; httpx and httpcore wrap the error that tells."""
    while (inner := _inner(error)) is not None:
        error = inner
    if isinstance(error, ssl.SSLCertVerificationError):
        return ApiProblem(
            f"the certificate of the Sigfox API was not accepted for GET {path}: {_plain(error.verify_message)}; "
            "the password was not sent",
            "check --api-url and the clock of this machine; a proxy with a CA of its own needs --ca-file",
        )
    if isinstance(error, ssl.SSLError):
        return ApiProblem(
            f"the Sigfox API could not be reached by TLS for GET {path}: {_plain(str(error))}", "check --api-url"
        )
    words = in_words(error).lower() if isinstance(error, OSError) else _plain(str(error)) or type(error).__name__
    return ApiProblem(
        f"the Sigfox API could not be reached for GET {path}: {words}",
        "check the connection, the resolver and --api-url",
    )


def not_json(path: str, content_type: str) -> ApiProblem:
    """Say that an answer is no JSON: a proxy or a page of a login stands in between."""
    kind = f" but {_plain(content_type)}" if content_type and "json" not in content_type.lower() else ""
    return ApiProblem(f"the answer of the Sigfox API to GET {path} is not JSON{kind}", "check --api-url, and any proxy")


def not_readable(path: str, why: str) -> ApiProblem:
    """Say what else is wrong with an answer."""
    return ApiProblem(f"the answer of the Sigfox API to GET {path} {why}", "check --api-url, and any proxy")


def _words(answer: Any) -> str:
    """Give what the API says of an error: its message, and the fields that a 400 complains of."""
    if not isinstance(answer, dict):
        return ""
    said = [answer["message"]] if isinstance(answer.get("message"), str) else []
    errors = answer.get("errors")
    for each in errors[:MOST_DETAILS] if isinstance(errors, list) else []:
        if isinstance(each, dict):
            place = " ".join(str(each[key]) for key in ("type", "field") if isinstance(each.get(key), str))
            text = each.get("message")
            said.append(": ".join(filter(None, (place, text if isinstance(text, str) else ""))))
    return _plain("; ".join(filter(None, said)))


def _plain(text: str) -> str:
    return shortened(" ".join(_INTERNAL.sub("", text).split()).rstrip(" .?!;"), LONGEST_QUOTE)


def _inner(error: BaseException) -> BaseException | None:
    """Give the error that another one stands for: httpcore wraps what it catches, and does not chain it."""
    wrapped = error.args[0] if error.args else None
    return error.__cause__ or (wrapped if isinstance(wrapped, BaseException) else None)
