"""Tells a fault of the machine that sigcheck runs on from what a receiver did: no receiver answers for the tester's."""

import errno
import os
import sys
from contextlib import suppress
from typing import TypeGuard

from sigcheck.errors import UsageProblem

NO_MEMORY = "this machine has no memory left"
NO_THREAD = "this machine cannot start another thread"
NO_PROCESS = "this machine cannot start another process"
NO_BUFFER = "this machine has no room for another network buffer"
TOO_MANY_FILES = "this machine has too many open files"
NO_CIPHERS = "this machine's OpenSSL has no ciphers"
NO_ROUTE = "this machine has no route to the address"

_REMEDIES = {
    NO_MEMORY: "free some, or raise the limit (ulimit -v)",
    NO_THREAD: "end other programs, or raise the limit (ulimit -u)",
    NO_PROCESS: "end other programs, or raise the limit (ulimit -u)",
    NO_BUFFER: "end other programs that talk to the network",
    TOO_MANY_FILES: "end other programs, or raise fs.file-max",
}
_FILES_ENOUGH = 256

FILES_OF_A_RUN = 32
"""Open files that a run may need at a time: the loop's, sixteen connections, an observer's, and some to load code."""
FILES_OF_ONE_OF_MANY = 4
"""Open files of a run among many: few of them connect at a time, the others wait for an answer or for a retry."""

FILES_BESIDE = 64
"""Open files of the process itself while it runs many: its streams, the ledger, what it loads."""

MEMORY_OF_A_RUN = 32 << 20
"""Bytes that a run may still need when it begins: resolver and observer have threads, each with a stack."""

_CONNECTION = {
    errno.EPERM: "this machine forbids the connection",
    # A "prohibit" route or a mandatory access control; for IPv6 a router's refusal is reported in this way too.
    errno.EACCES: "this machine forbids the connection",
    errno.EADDRNOTAVAIL: "this machine has no free port, or no address of its own, to connect from",
    errno.EADDRINUSE: "this machine has no free port",
    errno.ENETDOWN: "this machine's network is down",
    errno.EAFNOSUPPORT: "this machine does not support this version of IP",
    errno.EPROTONOSUPPORT: "this machine does not support this version of IP",
}
_SHORTAGE = {
    errno.ENFILE: TOO_MANY_FILES,
    errno.ENOMEM: NO_MEMORY,
    errno.ENOBUFS: NO_BUFFER,
    # Of fork and clone. A socket that has nothing to read says the same, but the event loop keeps that to itself.
    errno.EAGAIN: NO_PROCESS,
}
_RESOLVER = {
    "EAI_AGAIN": "this machine's resolver is down or has no answer for now (EAI_AGAIN)",
    "EAI_FAIL": "this machine's resolver refuses to answer (EAI_FAIL)",
    "EAI_SYSTEM": "this machine's resolver cannot be asked (EAI_SYSTEM)",
    "EAI_MEMORY": NO_MEMORY,
}
_LOST = ("without exception set", "without setting an exception")
"""What Python says where it has lost a MemoryError of its own on the way."""

# What the dynamic loader says; it has no numbers.
_LOADER = {
    "failed to map segment": NO_MEMORY,
    "cannot allocate memory": NO_MEMORY,
    "cannot create shared object descriptor": NO_MEMORY,
}


def local_fault(error: BaseException, *, routed: bool | None = None) -> str | None:
    """Say in plain words what this machine lacks or forbids, None for everything that a peer or a network did.

    Causes count: what a library wraps is seen through, and where one of several attempts met the peer, it was the
    peer. `routed` is what `sigcheck.probes.route.has_route` says of the address. The network's own "unreachable"
    looks like this machine's: without an answer, "network unreachable" is taken for this machine's, which has no
    route then, and "host unreachable" for that of a router on the way.
    """
    found = (_fault(cause, routed) for cause in _causes(error))
    return next((fault for fault in found if fault is not None), None)


class Shortage(UsageProblem):
    """What this machine has run out of. A process that says so has nothing left to tidy up with."""


def shortage(error: BaseException) -> Shortage | None:
    """Give what this machine has run out of (files, memory, threads, processes), with the fix; None for all else."""
    for cause in _causes(error):
        if (fault := _shortage(cause)) is not None:
            enough = max(_FILES_ENOUGH, 2 * (_files_allowed() or 0))
            return Shortage(fault, _REMEDIES.get(fault, f"raise the limit (ulimit -n {enough})"))
    return None


def see_room() -> None:
    """See that this machine has the files, memory and thread that a run needs; raises UsageProblem before it begins.

    What gives out in the middle of a run leaves it undecided at best.
    """
    from mmap import mmap
    from threading import Thread

    opened: list[int] = []
    try:
        opened.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(FILES_OF_A_RUN))
        mmap(-1, MEMORY_OF_A_RUN).close()
        thread = Thread(target=bool)
        thread.start()
        thread.join()
    except (OSError, MemoryError, RuntimeError) as error:
        if (problem := shortage(error)) is not None:
            raise problem from None
        raise
    finally:
        for each in opened:
            os.close(each)


def see_room_for(runs: int) -> int:
    """Give how many of `runs` this machine has open files for, after it has raised its limit as far as it may.

    Raises UsageProblem where it has none for one run.
    """
    see_room()
    try:
        import resource
    except ImportError:  # no POSIX, and no such limit
        return runs
    own = FILES_BESIDE + FILES_OF_A_RUN
    needed = own + FILES_OF_ONE_OF_MANY * runs
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(OSError, ValueError):  # a container may forbid it
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return max(1, min(runs, (soft - own) // FILES_OF_ONE_OF_MANY))
    return runs


def _fault(error: BaseException, routed: bool | None) -> str | None:
    if isinstance(error, BaseExceptionGroup):
        faults = [local_fault(each, routed=routed) for each in error.exceptions]
        return None if None in faults else faults[0]
    if (fault := _shortage(error)) is not None:
        return fault
    if _is_a(error, "ssl", "SSLError"):
        return NO_CIPHERS if "library_has_no_ciphers" in str(error).lower().replace(" ", "_") else None
    if _is_a(error, "socket", "gaierror"):
        socket = sys.modules["socket"]
        found = {getattr(socket, name, None): words for name, words in _RESOLVER.items()}
        return found.get(error.errno) if isinstance(error, OSError) else None
    if not _of_the_system(error):
        return None
    if error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
        lacking = routed is False if error.errno == errno.EHOSTUNREACH else not routed
        return NO_ROUTE if lacking else None
    # With a file's name it is about that file.
    return _CONNECTION.get(error.errno or 0) if error.filename is None else None


def _shortage(error: BaseException) -> str | None:
    if isinstance(error, MemoryError) or (isinstance(error, SystemError) and str(error).endswith(_LOST)):
        return NO_MEMORY
    if isinstance(error, RuntimeError):
        return NO_THREAD if "can't start new thread" in str(error) else None
    if isinstance(error, ImportError):
        words = str(error).lower()
        if "too many open files" in words:
            return _too_many_files()
        return next((fault for sign, fault in _LOADER.items() if sign in words), None)
    if _is_a(error, "ssl", "SSLError"):
        return NO_MEMORY if "malloc failure" in str(error).lower().replace("_", " ") else None
    if not _of_the_system(error):
        return None
    return _too_many_files() if error.errno == errno.EMFILE else _SHORTAGE.get(error.errno or 0)


def _too_many_files() -> str:
    allowed = _files_allowed()
    return TOO_MANY_FILES if allowed is None else f"this machine allows only {allowed} open files"


def _files_allowed() -> int | None:
    try:
        return os.sysconf("SC_OPEN_MAX")  # the limit of this process; the module `resource` is a file to be opened
    except (AttributeError, OSError, ValueError):
        return None


def _of_the_system(error: BaseException) -> TypeGuard[OSError]:
    """Whether `errno` is the system's: OpenSSL and the resolver have numbers of their own there, and 1 is EPERM."""
    foreign = (("ssl", "SSLError"), ("socket", "gaierror"), ("socket", "herror"))
    return isinstance(error, OSError) and not any(_is_a(error, *each) for each in foreign)


def _is_a(error: BaseException, module: str, name: str) -> bool:
    """Whether an error is of a class whose module nobody may have loaded: then it is not."""
    known = getattr(sys.modules.get(module), name, None)
    return known is not None and isinstance(error, known)


def _causes(error: BaseException) -> list[BaseException]:
    """Give the chain of what was named as a cause, the deepest first.

    The context in which an error was raised says nothing: it may be a socket that had nothing to read yet.
    """
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__
    return chain[::-1]
