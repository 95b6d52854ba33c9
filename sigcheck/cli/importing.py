"""Carries out `import`: reads definitions, checks each target as `config check` would, writes the file."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from msgspec import Struct

from sigcheck.account.definitions import Definition, definitions_in, read_definitions
from sigcheck.account.document import document, summary
from sigcheck.account.targets import import_all
from sigcheck.cli import output
from sigcheck.cli.targets import sound, wanted
from sigcheck.config.decoding import decode_settings
from sigcheck.config.file import read_text
from sigcheck.errors import UsageProblem
from sigcheck.files import read_input, read_stdin
from sigcheck.machine import Shortage
from sigcheck.planning import make_plan

LARGEST = 64 << 20
"""Bytes of a file of definitions: far more than the callbacks of ten thousand device types."""

_FIX = "give a file with the answer of GET /device-types/{id}/callbacks, - for standard input, or --api"


class Wish(Struct, frozen=True):
    """The options of the command."""

    api: bool = False
    api_url: str | None = None
    ca_file: str | None = None
    device_types: tuple[str, ...] = ()
    output: str | None = None
    force: bool = False


def carry_out(file: str | None, wish: Wish) -> int:
    """Import; gives the exit code. Raises UsageProblem."""
    _see_options(file, wish)
    if wish.output is not None and not wish.force and os.path.lexists(wish.output):
        raise _exists(wish.output)
    definitions = _asked(wish) if file is None else _read(file)
    imported, left = import_all(definitions, problem_of)
    text = document(imported, left)
    if wish.output is None:
        output.write(text)
    else:
        _write(Path(wish.output), text, force=wish.force)
    for line in summary(imported, left):
        output.notice(line)
    return 0


def problem_of(text: str, variables: Mapping[str, str]) -> str | None:
    """Say what is wrong with the one target of a configuration file; None for nothing."""
    try:
        (target,) = wanted([], {}, sound(read_text(text, "it")), every=True)
        make_plan(decode_settings(target.settings, target.spelled, variables, name=target.name), spelled=target.spelled)
    except Shortage:
        raise
    except UsageProblem as problem:
        said = problem.message
        while said.startswith("it:"):  # the place of a line that nobody has
            said = said.partition(": ")[2]
        return f"sigcheck cannot send it as it is: {said}"
    return None


def _see_options(file: str | None, wish: Wish) -> None:
    if file is None and not wish.api:
        raise UsageProblem("there is nothing to import", _FIX)
    if file is not None and wish.api:
        raise UsageProblem("a file and --api are given together", "leave one of the two out")
    for name in ("device_types", "api_url", "ca_file"):
        if getattr(wish, name) and not wish.api:
            option = "--device-type" if name == "device_types" else "--" + name.replace("_", "-")
            raise UsageProblem(f"{option} needs --api", f"give --api, or leave {option} out")
    if wish.force and wish.output is None:
        raise UsageProblem("--force needs --output", "give --output FILE, or leave --force out")


def _read(name: str) -> list[Definition]:
    if name == "-":
        return read_definitions(read_stdin(fix=_FIX, limit=LARGEST), "standard input")
    return read_definitions(read_input(name, what="FILE", fix=_FIX, limit=LARGEST), name)


def _asked(wish: Wish) -> list[Definition]:
    from sigcheck.account.client import SigfoxApi
    from sigcheck.account.reading import check_ids, read_callbacks
    from sigcheck.cli.api import ask

    check_ids(wish.device_types)

    async def read(api: SigfoxApi) -> list[dict[str, Any]]:
        return await read_callbacks(api, wish.device_types, output.notice)

    found = definitions_in(ask(read, wish.api_url, wish.ca_file, output.notice))
    if not found:
        raise UsageProblem("the API user sees no callbacks", "check its group, and that --device-type is the right one")
    return found


def _write(path: Path, text: str, *, force: bool) -> None:
    """Write a file as a whole; raises UsageProblem where there is one, unless `force`, or where none can be."""
    partial = path.with_name(f".{path.name[:100]}.{token_hex(8)}")
    try:
        partial.write_text(text, encoding="utf-8")
        if force:
            partial.replace(path)
        else:
            os.link(partial, path)  # which fails where there is one
    except FileExistsError:
        raise _exists(str(path)) from None
    except OSError as error:
        raise UsageProblem(
            f"--output cannot be written ({error.strerror})", "give a place that you may write to"
        ) from None
    finally:
        with suppress(OSError):
            partial.unlink()


def _exists(path: str) -> UsageProblem:
    return UsageProblem(f"--output {path} exists already", "give another name, or --force to replace it")
