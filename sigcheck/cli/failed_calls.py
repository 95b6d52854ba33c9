"""From the arguments of `undelivered` to records, read from a file or from the API, and to what is printed."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from sigcheck.account.explained import Explained
from sigcheck.account.telling import csv, markdown, text
from sigcheck.account.undelivered import FIX, LARGEST, Records, records_of
from sigcheck.account.undelivered import read as read_records
from sigcheck.cli import output
from sigcheck.cli.output_options import OutputOptions
from sigcheck.config.file import ConfigFile
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input, read_stdin
from sigcheck.report import RenderOptions

if TYPE_CHECKING:
    from sigcheck.account.client import SigfoxApi

WIDTH = 80
"""Columns of what goes to a file or a pipe."""

SCOPES = {"device_type": "/device-types", "device": "/devices", "group": "/groups"}
"""The option that says whose records are read → the list of the API that has the id."""

LONGEST_ID = 64
_CHOICES = "--device-type, --device and --group"


class Wanted(Struct, frozen=True, kw_only=True):
    """Where records are read: a file, or the API, and which of them. `since` and `before` are as they were written."""

    file: str | None
    api: bool = False
    device_type: str | None = None
    device: str | None = None
    group: str | None = None
    since: str | None = None
    before: str | None = None
    limit: int = 1000
    api_url: str | None = None
    ca_file: str | None = None


def fitting(wanted: Wanted, typed: Sequence[str]) -> Wanted:
    """See that the options fit together; `typed` names those of the command line, which win over variables.

    Raises UsageProblem.
    """
    if not wanted.api or (wanted.file is not None and "api" not in typed):
        if typed:
            raise UsageProblem(f"--{typed[0].replace('_', '-')} needs --api", "give --api, or leave it out")
        if not wanted.file:
            raise UsageProblem("there are no records to read", "give a file of records, - for standard input, or --api")
        return structs.replace(wanted, api=False)
    if wanted.file is not None:
        raise UsageProblem("a file and --api cannot be used together", "give one of the two")
    scopes = [name for name in SCOPES if getattr(wanted, name) is not None]
    scopes = [name for name in scopes if name in typed] or scopes
    if len(scopes) != 1:
        what = "more than one list of records is asked for" if scopes else "no device type, device or group is given"
        raise UsageProblem(what, f"give one of {_CHOICES}")
    return structs.replace(wanted, **{name: None for name in SCOPES if name not in scopes})


def urls(file: ConfigFile | None) -> dict[str, str]:
    """Give the URL of each target of a configuration file, as it is written there."""
    if file is None:
        return {}
    found = {name: settings["url"][-1].value for name, settings in file.targets.items() if settings.get("url")}
    return {name: url for name, url in found.items() if isinstance(url, str)}


def read(wanted: Wanted) -> Records:
    """Read the records; raises UsageProblem."""
    if wanted.api:
        return _asked(wanted)
    if wanted.file == "-":
        return read_records(read_stdin(fix=FIX, limit=LARGEST), "standard input")
    assert wanted.file is not None  # noqa: S101 - see_fit has seen it
    return read_records(read_input(wanted.file, what="FILE", fix=FIX, limit=LARGEST), wanted.file)


def _asked(wanted: Wanted) -> Records:
    """Ask the API for one list of records, page by page."""
    from sigcheck.cli.api import ask

    scope = next(name for name in SCOPES if getattr(wanted, name) is not None)
    path = f"{SCOPES[scope]}/{_id(getattr(wanted, scope), scope)}/callbacks-not-delivered"
    query = {name: _milliseconds(value, name) for name in ("since", "before") if (value := getattr(wanted, name))}

    async def listed(api: "SigfoxApi") -> Records:
        # One more than is wanted tells whether there are more.
        return records_of([entry async for entry in api.items(path, query, most=wanted.limit + 1)], wanted.limit)

    return ask(listed, wanted.api_url, wanted.ca_file, output.notice)


def _id(value: str, scope: str) -> str:
    """Give an id as the path has it; raises UsageProblem for what none can be."""
    if not value.isalnum() or not value.isascii() or len(value) > LONGEST_ID:
        raise UsageProblem(f"--{scope.replace('_', '-')} is not an id", "give the hex digits that the portal shows")
    return value


def _milliseconds(value: str, option: str) -> int:
    from sigcheck.cli.certificates import parse_time

    return int((parse_time(value, f"--{option}") - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def written(explained: Explained, format_name: str, shown: OutputOptions) -> str:
    """Write what is printed."""
    if format_name == "json":
        import msgspec

        return msgspec.json.format(msgspec.json.encode(explained), indent=2).decode() + "\n"
    if format_name == "csv":
        return csv(explained)
    if format_name == "markdown":
        return markdown(explained)
    return text(explained, _options(shown))


def _options(shown: OutputOptions) -> RenderOptions:
    options = output.render_options(shown)
    return options if output.is_live(sys.stdout) else structs.replace(options, width=WIDTH)
