"""The policy is data: it travels as JSON and comes back the same."""

import msgspec

from sigcheck.policy import SIGFOX_CLOUD, Policy


def test_policy_round_trips_through_json() -> None:
    """A saved policy decodes to the value that was saved, so a report can be judged again later."""
    assert msgspec.json.decode(msgspec.json.encode(SIGFOX_CLOUD), type=Policy) == SIGFOX_CLOUD
