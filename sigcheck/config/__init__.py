"""What a user asks of one run: one struct, its defaults and limits, whoever asks."""

from sigcheck.config.decoding import decode
from sigcheck.config.run_config import RunConfig

__all__ = ["RunConfig", "decode"]
