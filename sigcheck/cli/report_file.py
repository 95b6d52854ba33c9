"""Writes a report file as a whole or not at all, and never into what somebody else put in its place.

The place is settled before the run: links are followed then, and its folder is kept open. The report is written beside
it under a name that nobody can guess, and takes its name in one step.
"""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from select import POLLOUT, poll
from time import monotonic, sleep

from msgspec import Struct

from sigcheck import signals
from sigcheck.errors import UsageProblem
from sigcheck.files import SILENCE
from sigcheck.report import FORMATS, SUFFIXES

REMEDY = "choose a place that you may write to"
_WRITE = os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY
_NEW = _WRITE | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class ReportFile(Struct, frozen=True):
    """A place for a report. `path` is as the user gave it, `format_name` was given with it or follows from its suffix.

    `folder` is the open folder in which the file `name` will be; None for a pipe or a device, which is written as
    it is. `mask` are the permissions that a new file does not have.
    """

    path: str
    format_name: str
    folder: int | None
    name: str
    mask: int = 0o077

    def write(self, text: str) -> None:
        """Write the report; raises UsageProblem, which says where it stands instead."""
        data = text.encode("utf-8", "backslashreplace")
        try:
            if self.folder is None:
                _stream(self.path, data)
            else:
                self._replace(self.folder, data)
        except OSError as error:
            reason = "nobody reads it" if error.errno == errno.ENXIO else error.strerror
            raise UsageProblem(f"report {self.path!r} cannot be written ({reason})", self._kept(data)) from None

    def _replace(self, folder: int, data: bytes) -> None:
        partial = _beside()
        opened = os.open(partial, _NEW, 0o600, dir_fd=folder)
        try:
            try:
                _all(opened, data)
                self._like_the_one_before(opened, folder)
                os.fsync(opened)
            finally:
                os.close(opened)
            os.rename(partial, self.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(partial, dir_fd=folder)
            raise

    def _like_the_one_before(self, opened: int, folder: int) -> None:
        """Give the file the owner and the mode of the one that it replaces; a new one has what it would have."""
        try:
            before = os.stat(self.name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            before = None
        if before is None or not stat.S_ISREG(before.st_mode):
            os.fchmod(opened, 0o666 & ~self.mask)
            return
        with suppress(OSError):  # another's file in our folder: it becomes ours
            os.fchown(opened, before.st_uid, before.st_gid)
        os.fchmod(opened, stat.S_IMODE(before.st_mode) & 0o777)

    def _kept(self, data: bytes) -> str:
        """Write the report where it can be, so that a run of eight minutes is not lost; says where."""
        import tempfile

        try:
            opened, path = tempfile.mkstemp(prefix="sigcheck-", suffix=Path(self.path).suffix)
        except OSError:
            return "the report on stdout is the only one"
        try:
            _all(opened, data)
        except OSError:
            with suppress(OSError):
                Path(path).unlink()
            return "the report on stdout is the only one"
        finally:
            os.close(opened)
        return f"it was written to {path} instead"


def report_files(given: Iterable[str]) -> tuple[ReportFile, ...]:
    """Settle the places of all report files of a run; raises UsageProblem, also where two of them are one file."""
    places: list[ReportFile] = []
    for each in given:
        place = report_file(each)
        first = next((other for other in places if _is_one_file(place, other)), None)
        if first is not None:
            both = (
                f"{place.path!r} twice" if place.path == first.path else f"{place.path!r} and {first.path!r}, one file"
            )
            raise UsageProblem(f"--report names {both}", "give each report a file of its own")
        places.append(place)
    return tuple(places)


def _is_one_file(one: ReportFile, other: ReportFile) -> bool:
    """Whether a report would take the place of another; what is written to a pipe or a device comes one by one."""
    if one.folder is None or other.folder is None:
        return False
    return one.name == other.name and os.path.samestat(os.fstat(one.folder), os.fstat(other.folder))


def report_file(given: str) -> ReportFile:
    """Settle the place of a report file, and see that it can be written.

    Its format is the one before the equals sign, or follows from the suffix. Raises UsageProblem. Only an attempt
    tells whether it can be written: after a run of eight minutes it would be too late.
    """
    name, equals, path = given.partition("=")
    if not equals or name not in FORMATS:
        path, name = given, "" if given == "-" else _by_suffix(given)
    if not path:
        raise UsageProblem(f"--report {given} names no file", f"write --report {name}=FILE")
    if path == "-":
        raise UsageProblem(
            "--report - is not a file", "choose the report on stdout with --format, or write ./- for the file"
        )
    try:
        return _settled(path, name)
    except OSError as error:
        raise UsageProblem(f"report {path!r} cannot be written ({error.strerror})", REMEDY) from None
    except ValueError:
        raise UsageProblem(f"report {path!r} cannot be written (no file can have this name)", REMEDY) from None


def _by_suffix(path: str) -> str:
    """Give the format that the end of a file's name stands for; raises UsageProblem."""
    ending = Path(path).name.lower()
    name = next((SUFFIXES[each] for each in sorted(SUFFIXES, key=len, reverse=True) if ending.endswith(each)), None)
    if name is None:
        raise UsageProblem(
            "--report has no known suffix",
            f"end it in one of {', '.join(SUFFIXES)}, or write FORMAT=FILE with one of {', '.join(FORMATS)}",
        )
    return name


def _settled(path: str, format_name: str) -> ReportFile:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a Path refuses names that os.stat knows how to refuse
    except FileNotFoundError:
        mode = stat.S_IFREG
    place = Path(os.path.realpath(path))
    if stat.S_ISDIR(mode):
        raise UsageProblem(f"report {path!r} cannot be written (it is a folder)", "name a file in it")
    if not stat.S_ISREG(mode):
        if stat.S_ISSOCK(mode) or not os.access(path, os.W_OK):
            raise UsageProblem(f"report {path!r} cannot be written", REMEDY)
        return ReportFile(path, format_name, None, "")
    if _is_standard_output(path):
        raise UsageProblem(f"report {path!r} is the file that stdout or stderr goes to", "give it another name")
    if not place.parent.is_dir():
        raise UsageProblem(
            f"report {path!r} cannot be written: there is no folder {str(place.parent)!r}", "create it first"
        )
    if place.exists() and not os.access(place, os.W_OK):
        raise UsageProblem(f"report {path!r} cannot be written (it is read-only)", REMEDY)
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        tried = _beside()
        os.close(os.open(tried, _NEW, 0o600, dir_fd=folder))
        os.unlink(tried, dir_fd=folder)
        with suppress(FileNotFoundError):
            os.stat(place.name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        os.close(folder)
        raise
    mask = os.umask(0o077)
    os.umask(mask)
    return ReportFile(path, format_name, folder, place.name, mask)


def _is_standard_output(path: str) -> bool:
    """Whether a file is where stdout or stderr goes: the two would overwrite each other."""
    with suppress(OSError):
        found = os.stat(path)  # noqa: PTH116
        return any(os.path.samestat(found, os.fstat(number)) for number in (1, 2))
    return False


def _beside() -> str:
    """Give a name that is nobody's, and as long in every case: the report's own may be as long as names can be."""
    return f".sigcheck-{token_hex(8)}"


def _all(opened: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(opened, view) :]


def _stream(path: str, data: bytes) -> None:
    """Write to a pipe or a device. Who reads a pipe is given some seconds to come, and to take more of it."""
    give_up = monotonic() + SILENCE
    while True:
        try:
            opened = os.open(path, _WRITE | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or monotonic() > give_up or signals.noted() is not None:
                raise
            sleep(0.05)
            continue
        break
    try:
        waiting = poll()
        waiting.register(opened, POLLOUT)
        view = memoryview(data)
        while view:
            if not waiting.poll(1000 * SILENCE):
                raise OSError(errno.ETIMEDOUT, f"its reader took nothing for {SILENCE:g} s")
            with suppress(BlockingIOError):
                view = view[os.write(opened, view) :]
    finally:
        os.close(opened)
