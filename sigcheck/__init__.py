"""sigcheck proves that a Sigfox Cloud callback receiver is reachable, trusted, fast enough and idempotent.

`verify` is for scripts, `run` for callers that have an event loop. What they take and give is loaded when it is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigcheck.config import RunConfig
    from sigcheck.config.decoding import decode
    from sigcheck.environment import Environment
    from sigcheck.errors import UsageProblem
    from sigcheck.model.report import Report
    from sigcheck.runs import Run, run, verify

__all__ = ["Environment", "Report", "Run", "RunConfig", "UsageProblem", "__version__", "decode", "run", "verify"]

# The one home of the version: pyproject.toml reads it here. Asking the installed metadata for it would cost
# importlib.metadata at start-up, which is more than half of what click costs.
__version__ = "0.1.0"

_HOMES = {
    "Environment": "sigcheck.environment",
    "Report": "sigcheck.model.report",
    "Run": "sigcheck.runs",
    "RunConfig": "sigcheck.config",
    "UsageProblem": "sigcheck.errors",
    "decode": "sigcheck.config",
    "run": "sigcheck.runs",
    "verify": "sigcheck.runs",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sigcheck' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(_HOMES[name]), name)
    # From here on it is found without this function.
    globals()[name] = found
    return found
