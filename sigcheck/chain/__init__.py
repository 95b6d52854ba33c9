"""Pure: certificates, roots, name and time give the facts about a chain. See `describe`."""

from sigcheck.chain.anchors import Roots
from sigcheck.chain.facts import describe

__all__ = ["Roots", "describe"]
