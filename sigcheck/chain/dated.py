"""Rules about certificates that began on a day: each with its source and the day on which that was read."""

from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from sigcheck.policy import Source

VALIDITY_SOURCE = Source(
    page="CA/Browser Forum Baseline Requirements 2.2.7, section 6.3.2 and its revision history",
    url="https://github.com/cabforum/servercert/blob/main/docs/BR.md",
    read="2026-11-23",
    certainty="third party",
)
# (issued on or after, longest validity in days); newest first. The first entry is ballot 193, the second came from
# the root programmes of Apple and Mozilla and then ballot SC-31, the last three are ballot SC-081v3.
VALIDITY_LIMITS = (
    (date(2029, 3, 15), 47),
    (date(2027, 3, 15), 100),
    (date(2026, 3, 15), 200),
    (date(2020, 9, 1), 398),
    (date(2018, 3, 1), 825),
)

DISTRUST_SOURCE = Source(
    page="NSS certdata.txt of 2026-05-01; OpenJDK's EntrustTLSPolicy, ChunghwaTLSPolicy",
    url="https://github.com/nss-dev/nss/blob/master/lib/ckfw/builtins/certdata.txt",
    read="2026-11-23",
    certainty="third party",
)


class Distrusted(Struct, frozen=True):
    """A root whose new certificates are no longer taken. `mozilla` and `jdk`: the last day of issue that still is."""

    name: str
    sha256: str
    mozilla: date
    jdk: date | None


_ENTRUST = (date(2024, 11, 30), date(2024, 11, 11))
_ENTRUST_ROOTS = {
    "Entrust.net Certification Authority (2048)": "6dc47172e01cbcb0bf62580d895fe2b8ac9ad4f873801e0c10b9c837d21eb177",
    "Entrust Root Certification Authority": "73c176434f1bc6d5adf45b0e76e727287c8de57616c1e6e6141a2b2cbc7d8e4c",
    "Entrust Root Certification Authority - G2": "43df5774b03e7fef5fe40d931a7bedf1bb2e6b42738c4e6d3841103d3aa7f339",
    "Entrust Root Certification Authority - EC1": "02ed0eb28c14da45165c566791700d6451d7fb56f0b2ab1d3b8eb070e56edff5",
}
DISTRUSTED = (
    *(Distrusted(name, sha256, *_ENTRUST) for name, sha256 in _ENTRUST_ROOTS.items()),
    Distrusted(
        "ePKI Root Certification Authority",
        "c0a6f4dc63a24bfdcf54ef2a6a082a0a72de35803e2ff5ff527ae5d87206dfd5",
        date(2025, 4, 15),
        date(2026, 3, 17),
    ),
    Distrusted(
        "Izenpe.com",
        "2530cc8e98321502bad96f9b1fba1b099e2d299e0f4548bb914f363bc0d4531f",
        date(2026, 4, 15),
        None,
    ),
)


def validity_limit(not_before: datetime) -> int | None:
    """Give the longest validity, in days, of a public certificate issued on that day; None before 2018-03-01."""
    return next((days for since, days in VALIDITY_LIMITS if not_before.date() >= since), None)


def validity(not_before: datetime, not_after: datetime) -> timedelta:
    """Give the validity as the Baseline Requirements count it: both ends included."""
    return not_after - not_before + timedelta(seconds=1)


def issued_after(day: date, not_before: datetime) -> bool:
    """Say whether a certificate was issued after that day, in UTC."""
    return not_before.astimezone(UTC).date() > day
