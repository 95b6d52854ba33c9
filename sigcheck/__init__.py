"""sigcheck proves that a Sigfox Cloud callback receiver is reachable, trusted, fast enough and idempotent."""

__all__ = ["__version__"]

# The one home of the version: pyproject.toml reads it here. Asking the installed metadata for it would cost
# importlib.metadata at start-up, which is more than half of what click costs.
__version__ = "0.1.0"
