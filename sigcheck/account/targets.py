"""From callback definitions to targets of a sigcheck.toml: names, settings, what is said above each."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from sigcheck.account.definitions import BATCH, Definition
from sigcheck.account.secrets import MOST, Secrets, TooMany, has_mark
from sigcheck.callback import FORM, parse_payload_config
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import fields
from sigcheck.config.toml_text import commented_out, toml_comment, toml_key, toml_string
from sigcheck.errors import UsageProblem
from sigcheck.redaction.redact import Redactor

LONGEST_NAME = 64
"""Characters of a target's name, as the configuration file takes it."""

LONGEST = 100_000
"""Characters of a template: far more than a callback of 12 bytes of data has."""

_JSON = re.compile(r"\s*[{\[]")

Check = Callable[[str, Mapping[str, str]], str | None]
"""Gets a target as a configuration file of its own, and what its variables hold: what is wrong, None for nothing."""


class Needed(Struct, frozen=True):
    """A variable that must be set, and what it must hold, as a clause."""

    name: str
    place: str


class Imported(Struct, frozen=True):
    """A callback as lines of the file. `off` says why it is commented out, as a clause; "" for a target.

    `variables` are those that it needs.
    """

    name: str
    of: Definition
    lines: tuple[str, ...]
    off: str = ""
    variables: tuple[Needed, ...] = ()


class LeftOut(Struct, frozen=True):
    """A callback that the file does not have, and why, as a clause."""

    of: Definition
    why: str


def import_all(
    definitions: Iterable[Definition], check: Check, secrets: type[Secrets] = Secrets
) -> tuple[list[Imported], list[LeftOut]]:
    """Make targets of callbacks, in their order; `check` tells which of them cannot be verified as they are.

    `secrets` takes the secrets out of a target, or leaves them where they are.
    """
    names: dict[str, int] = {}
    taken: set[str] = set()
    imported: list[Imported] = []
    left: list[LeftOut] = []
    for each in definitions:
        texts = (each.url, each.body or "", each.line_pattern or "", *(part for pair in each.headers for part in pair))
        if each.fault or each.kind is None:
            left.append(LeftOut(each, each.fault))
        elif has_mark(texts) or "\0" in "".join(texts):
            left.append(LeftOut(each, "it has control characters"))
        elif (each.body or "").startswith("@"):
            # It would name a file of this machine, whose content would be sent.
            left.append(LeftOut(each, "its body begins with @, which names a file in a configuration file"))
        elif max(map(len, texts)) > LONGEST:
            left.append(LeftOut(each, f"it has a template of more than {LONGEST} characters"))
        else:
            try:
                name = _name(each, names)
                imported.append(_imported(each, name, secrets(name, taken), check))
            except TooMany:
                left.append(LeftOut(each, f"it has more than {MOST} places that look like secrets"))
    return imported, left


def _imported(callback: Definition, name: str, secrets: Secrets, check: Check) -> Imported:
    settings = _settings(callback, secrets)
    lines = [f"[targets.{name}]", *(f"{key} = {value}" for key, value in settings)]
    held = {each.name: each.value for each in secrets.variables}
    off = _off(callback) or check("\n".join(lines) + "\n", held) or ""
    notes = [*_notes(callback), *([f"It is commented out, because {off}."] if off else [])]
    hidden = Redactor(held.values()).hidden
    above = [line for note in notes for line in toml_comment(hidden(note))]
    variables = tuple(Needed(each.name, each.place) for each in secrets.variables)
    return Imported(name, callback, (*above, *(commented_out(lines) if off else lines)), hidden(off), variables)


def _settings(callback: Definition, secrets: Secrets) -> list[tuple[str, str]]:
    """Give the keys of a target with their values as TOML, secrets replaced."""
    assert callback.kind is not None  # noqa: S101 - what has none is left out
    known = fields(RunConfig)
    found: dict[str, str] = {"url": secrets.of_url(callback.url)}
    if callback.method is not None:
        found["method"] = callback.method
    headers = {name: secrets.of_header(name, value) for name, value in callback.headers}
    if callback.method != "GET":
        found |= _content(callback, secrets)
    if callback.channel == BATCH and callback.line_pattern is not None:
        found["line_pattern"] = secrets.of_text(callback.line_pattern)
    if _has_payload_config(callback):
        found["payload_config"] = callback.payload_config or ""
    filled = {"url", *(name for name, field in known.items() if field.setting.filled)}

    def written(name: str, text: str) -> str:
        text = secrets.everywhere(text) if name in filled else text
        return toml_string(secrets.written(text) if name in filled else text)

    lines = [(key, written(key, text)) for key, text in found.items() if key == "url" or key in known]
    lines.insert(1, ("type", toml_string(callback.kind.name)))
    lines += [(f"headers.{toml_key(secrets.written(name))}", written("header", text)) for name, text in headers.items()]
    if callback.sni is False and callback.url.lower().startswith("https:"):
        lines.append(("no_sni", "true"))
    return lines


def _content(callback: Definition, secrets: Secrets) -> dict[str, str]:
    """Give content type and body of a POST or a PUT."""
    found = {}
    kind, body = callback.content_type, callback.body
    if kind is None and callback.method is not None and not _JSON.match(body or ""):
        kind = FORM
    if kind is not None:
        found["content_type"] = kind
    if body is not None:
        found["body"] = secrets.of_body(body)
    elif callback.method is not None and callback.channel != BATCH:
        found["body"] = ""  # all it says stands in the URL: without this, the default body of its type would be sent
    return found


def _has_payload_config(callback: Definition) -> bool:
    return callback.payload_config is not None and _payload_problem(callback) == ""


def _payload_problem(callback: Definition) -> str:
    if callback.kind is None or callback.payload_config is None:
        return ""
    if not callback.kind.custom:
        return f"{callback.kind.name} callbacks have no custom variables"
    try:
        parse_payload_config(callback.payload_config)
    except UsageProblem as problem:
        return problem.message.removeprefix("--payload-config: ")
    return ""


def _off(callback: Definition) -> str:
    if not callback.enabled:
        return "it is disabled in the portal"
    if callback.channel == BATCH and callback.line_pattern is None:
        return "it has no line pattern"
    return ""


def _notes(callback: Definition) -> list[str]:
    """Give what is said above a target, a sentence each."""
    assert callback.kind is not None  # noqa: S101 - what has none is left out
    of = f" ({callback.of.id})" if callback.of.name and callback.of.id else ""
    said = [f"{callback.shown[0].upper()}{callback.shown[1:]}{of}, channel {callback.channel}."]
    if callback.dead:
        said.append("Its last use failed: the API calls it dead.")
    if callback.kind.ends:
        said.append(callback.kind.ends)
    if callback.kind.downlink and callback.hook is not None:
        said.append(
            "It is the callback that the device type's downlinks are asked of (downlinkHook)."
            if callback.hook
            else "It is not the callback that the device type's downlinks are asked of (downlinkHook is false)."
        )
    if callback.duplicates:
        said.append(
            "It sends duplicates (sendDuplicate), one call for each base station; sigcheck does not play these."
        )
    if callback.payload_config is not None and (why := _payload_problem(callback)):
        said.append(f"Its payload configuration is left out: {why}.")
    if callback.content_type is None and callback.method in {"POST", "PUT"} and not _JSON.match(callback.body or ""):
        said.append(f"The API names no content type; {FORM} is the portal's default, as the old official text says.")
    return said


def _name(callback: Definition, names: dict[str, int]) -> str:
    """Give a name that no other target has: of the device type and the callback type. `names` counts those so far."""
    kind = "" if callback.kind is None else callback.kind.name.rpartition("/")[2]
    plain = unicodedata.normalize("NFKD", callback.of.name or callback.of.id).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[: LONGEST_NAME - len(kind) - 8].rstrip("-")
    base = f"{slug}-{kind}" if slug else kind
    number = names.get(base, 0) + 1
    names[base] = number
    # No name ends in a number by itself, so that a numbered one is nobody else's.
    return base if number == 1 else f"{base}-{number}"
