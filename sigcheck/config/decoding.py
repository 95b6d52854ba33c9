"""Makes a RunConfig of what somebody gave, options and keywords alike."""

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sigcheck.config.given import Given, Settings
from sigcheck.config.run_config import RunConfig
from sigcheck.config.setting import Field, Spelling, by_name, fields
from sigcheck.config.texts import beside, body_of, devices_of, header_lines
from sigcheck.errors import UsageProblem

_VARIABLE = re.compile(r"\$(?P<escaped>\$(?=\{))?\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")
_OF_A_MESSAGE = frozenset(("SIGCHECK_DEVICE", "SIGCHECK_TIME", "SIGCHECK_SEQNUMBER", "SIGCHECK_DATA"))
"""What a command finds in its environment for each message: a shell in it fills these itself."""


def decode(
    given: Mapping[str, object],
    spelled: Spelling = by_name,
    environment: Mapping[str, str] | None = None,
) -> RunConfig:
    """Make a RunConfig of names and values; raises UsageProblem for the first that is wrong, or where there are none.

    `${NAME}` is replaced by what `environment` has, os.environ unless told otherwise; that is a secret from then on.
    `spelled` says how a setting is called where it was given.
    """
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise UsageProblem(
            "the settings must be a dict with their names", 'give one such as {"url": "https://host/path"}'
        )
    settings = {
        name: (Given(value, spelled(name), spelled(name)),) for name, value in given.items() if name != "secrets"
    }
    return decode_settings(settings, spelled, environment, secrets=_texts(given.get("secrets", ())))


def decode_settings(
    settings: Settings,
    spelled: Spelling = by_name,
    environment: Mapping[str, str] | None = None,
    *,
    name: str = "",
    place: tuple[str, int] = ("", 0),
    secrets: Iterable[str] = (),
) -> RunConfig:
    """Make a RunConfig of settings that may come from several places; as `decode`.

    `name` is that of the target, `place` the file and the line that name it.
    """
    known = fields(RunConfig)
    found = list(secrets)
    values: dict[str, Any] = {}
    folders: dict[str, str] = {}
    fill = _Filling(os.environ if environment is None else environment, found)
    for setting, given in settings.items():
        if setting == "url":
            (url,) = given
            if not isinstance(url.value, str):
                raise UsageProblem(f"{url.spelled} must be a string", "write https://host/path")
            values[setting] = fill(url.value, url.spelled)
            continue
        if setting not in known:
            raise unknown(setting, spelled)
        field = known[setting]
        values[setting] = _read(field, given, fill)
        if field.setting.path == "within" and given[-1].folder:
            folders[setting] = given[-1].folder
    if "url" not in values:
        raise UsageProblem(f"{spelled('url')} is missing", "give the callback's URL")
    file, line = place
    kept = tuple(dict.fromkeys(found))
    return RunConfig(**values, secrets=kept, name=name, file=file, line=line, folders=folders)


def _read(field: Field, given: Iterable[Given], fill: "_Filling") -> Any:
    """Read what was given for a setting, with what stands in files, and variables replaced."""
    if not field.many:
        (one,) = given
        return _filled(field, field.read(one.value, one.spelled), one, fill)
    read = [(value, one) for one in given for value in field.read(one.value, one.spelled)]
    if field.name == "devices":
        return tuple(device for value, one in read for device in devices_of(value, one))
    if not field.setting.filled:
        return tuple(beside(value, one) if field.setting.path == "file" else value for value, one in read)
    headers = [(fill(line.text, line.spelled), line.spelled) for line, _ in header_lines(read)]
    for header, spelled in headers:
        _see_header(header, spelled, fill)
    return tuple(header for header, _ in headers)


def _filled(field: Field, value: Any, given: Given, fill: "_Filling") -> Any:
    if value is None:
        return None
    if field.setting.path == "file":
        return beside(value, given)
    if not field.setting.filled:
        return value
    if field.setting.path == "@":
        value = body_of(value, given)
    if field.name.endswith("_command"):
        return fill.command(value, given.spelled)
    filled = fill(value, given.spelled)
    if filled and field.name == "fail_header":
        _see_header(filled, given.spelled, fill)
    return filled


def _see_header(text: str, spelled: str, fill: "_Filling") -> None:
    """Refuse a header that cannot be sent, while it is known where it was given; raises UsageProblem."""
    from sigcheck.callback import parse_header

    try:
        parse_header(text)
    except UsageProblem as problem:
        raise UsageProblem(f"{spelled}: {fill.hidden(problem.message)}", problem.fix) from None


def unknown(name: str, spelled: Spelling) -> UsageProblem:
    """Say that there is no such setting, and which one may have been meant."""
    from difflib import get_close_matches

    close = get_close_matches(name, ["url", *fields(RunConfig)], n=1)
    return UsageProblem(
        f"there is no setting {spelled(name)}",
        f"did you mean {spelled(close[0])}?" if close else "`sigcheck verify --help` lists them",
    )


def _texts(value: object) -> Iterable[str]:
    given = [value] if isinstance(value, str) else value
    texts = [each for each in given if isinstance(each, str)] if isinstance(given, list | tuple) else []
    if not isinstance(given, list | tuple) or len(texts) < len(given):
        raise UsageProblem("secrets must be strings", "give a list of them")
    return texts


_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*[a-z])")


def respelled(problem: UsageProblem, spelled: Spelling) -> UsageProblem:
    """Call the settings in a message, which speaks of options, as they are called where they were given."""

    def name(match: re.Match[str]) -> str:
        setting = match[1].replace("-", "_")
        return spelled(setting) if setting in fields(RunConfig) else match[0]

    def name_alone(match: re.Match[str]) -> str:
        return name(match).rpartition(": ")[2]

    # What is wrong is said with its place; what to do about it is plain without.
    return UsageProblem(_OPTION.sub(name, problem.message), _OPTION.sub(name_alone, problem.fix))


class _Filling:
    """Replaces `${NAME}` and remembers what it put there."""

    def __init__(self, environment: Mapping[str, str], secrets: list[str]) -> None:
        self._environment = environment
        self._secrets = secrets

    def __call__(self, text: str, spelled: str, *, command: bool = False) -> str:
        def value(match: re.Match[str]) -> str:
            name = match["name"]
            if match["escaped"]:
                return match[0][1:]
            if command and name in _OF_A_MESSAGE:
                return match[0]
            held = self._environment.get(name, "")
            if not held.strip():
                # A CI system passes a secret that it does not have as an empty variable.
                raise UsageProblem(
                    f"{spelled} needs the environment variable {name}, "
                    f"which is {'empty' if name in self._environment else 'not set'}",
                    f"set it, or write $${{{name}}} if no variable is meant",
                )
            # A file that was read into a variable ends its line, and what comes back is seldom the whole of it.
            self._secrets += [held, held.strip()]
            return held

        return _VARIABLE.sub(value, text)

    def command(self, text: str, spelled: str) -> str:
        """Replace variables in the words of a command: what one holds is part of a word, whatever quotes it has."""
        if not _VARIABLE.search(text):
            return text
        try:
            words = shlex.split(text)
        except ValueError:
            return text  # whoever splits it next says what is wrong with it
        return shlex.join(self(word, spelled, command=True) for word in words)

    def hidden(self, text: str) -> str:
        """Give a text without what variables held."""
        from sigcheck.redaction.redact import Redactor

        return Redactor(self._secrets).hidden(text)


def variables_in(text: str, *, command: bool = False) -> frozenset[str]:
    """Give the names of the environment variables that are replaced in a text. `command`: not those of a message."""
    names = {match["name"] for match in _VARIABLE.finditer(text) if not match["escaped"]}
    return frozenset(names - _OF_A_MESSAGE if command else names)


def keeping_variables(text: str, change: Callable[[str], str]) -> str:
    """Change a text but for the variables in it, which are to `change` like placeholders of a message."""
    kept: dict[str, str] = {}

    def mark(match: re.Match[str]) -> str:
        if match["escaped"]:
            return match[0]
        name = f"{{variable{len(kept)}of{len(text)}}}"
        kept[name] = match[0]
        return name

    changed = change(_VARIABLE.sub(mark, text))
    return re.sub(r"\{variable[0-9]++of[0-9]++\}", lambda match: kept.get(match[0], match[0]), changed)


def without_files(settings: Settings) -> Settings:
    """Leave out what is read from files: for whoever cannot wait for them any more."""
    known = fields(RunConfig)
    return {name: given for name, given in settings.items() if name not in known or not any(_named(known[name], given))}


def _named(field: Field, given: Iterable[Given]) -> Iterator[bool]:
    """Whether each value names a file."""
    for one in given:
        texts = [one.value] if isinstance(one.value, str) else one.value
        at = any(str(each).startswith("@") for each in texts) if isinstance(texts, list | tuple) else False
        yield field.setting.path == "file" or (field.setting.path == "@" and at)
