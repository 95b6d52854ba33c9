"""The customer's account at the Sigfox Cloud: its API, read and never written to, and what it says of callbacks."""

from sigcheck.account.access import API, Access, access_from
from sigcheck.account.problems import ApiProblem

__all__ = ["API", "Access", "ApiProblem", "access_from"]
