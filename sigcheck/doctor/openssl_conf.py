"""Whether OpenSSL can read a configuration file: it says nothing where it cannot, and goes on without the file."""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_void_p
from pathlib import Path


def unread(path: str) -> str | None:
    """Say why a file configures nothing: it cannot be opened, or OpenSSL cannot parse it. None if it can."""
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        return f"the file that it names cannot be read ({error.strerror})"
    except ValueError:
        return "it does not name a file"
    line = _faulty_line(path)
    return None if line is None else f"OpenSSL cannot parse the file that it names (line {line})"


def _faulty_line(path: str) -> int | None:
    """Let OpenSSL parse the file, which does not apply it; gives the line that it stops at, None where all is well.

    Where Python's OpenSSL cannot be reached in this way, nothing is known, and None is given as well.
    """
    import _ssl

    try:
        # The library that _ssl is linked to: its symbols are found through it.
        library = ctypes.CDLL(getattr(_ssl, "__file__", None))
        library.NCONF_new.restype, library.NCONF_new.argtypes = c_void_p, [c_void_p]
        library.NCONF_load.restype, library.NCONF_load.argtypes = c_int, [c_void_p, c_char_p, POINTER(c_long)]
        library.NCONF_free.restype, library.NCONF_free.argtypes = None, [c_void_p]
        library.ERR_clear_error.restype, library.ERR_clear_error.argtypes = None, []
    except (AttributeError, OSError):
        return None
    made, line = library.NCONF_new(None), c_long(0)
    try:
        return None if library.NCONF_load(made, path.encode(), byref(line)) > 0 else line.value
    finally:
        library.NCONF_free(made)
        library.ERR_clear_error()
