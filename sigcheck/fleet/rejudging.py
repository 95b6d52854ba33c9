"""Judges the reports of a ledger again, by today's rules or another gate. What was judged is kept in a file.

Judging takes some 25 ms of a report, and reading it strictly as long: no report is judged twice.
"""

import tempfile
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from sigcheck.fleet.reading import Fleet, Key
from sigcheck.model.fleet import TargetSummary, summary_of
from sigcheck.model.judged import Judged, Seen, judged_of, seen_of
from sigcheck.model.report import Report
from sigcheck.saved import SavedReport

Judge = Callable[[SavedReport], Report]

_DECODER = msgspec.json.Decoder(Judged)


class Again:
    """A fleet whose reports were judged again; a target without a report keeps what the ledger says of it.

    `changed` are the targets with another exit code than the ledger has. To be closed.
    """

    def __init__(self, fleet: Fleet, judge: Judge, only: Callable[[Key], bool] = lambda _key: True) -> None:
        self.summaries: list[TargetSummary] = []
        self.changed = 0
        self._fleet = fleet
        self._seen: dict[Key, Seen] = {}
        self._places: dict[Key, tuple[int, int]] = {}
        # A file without a name: it is gone when this process is.
        self._file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        try:
            for key in fleet.keys:
                self._judge(key, judge if only(key) else None)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def judged(self, key: Key) -> Judged | None:
        """Give what was judged of a target; None where it has no report."""
        place = self._places.get(key)
        if place is None:
            return self._fleet.judged(key)
        self._file.seek(place[0])
        return _DECODER.decode(self._file.read(place[1]))

    def seen(self, key: Key) -> Seen | None:
        """Give what metrics need of a target; None where it has no report."""
        return self._seen.get(key) or self._fleet.seen(key)

    def _judge(self, key: Key, judge: Judge | None) -> None:
        before = self._fleet.summary(key)
        saved = None if judge is None else self._fleet.saved(key)
        if before is None:
            return
        if saved is None or judge is None:
            self.summaries.append(before)
            return
        report = judge(saved)
        summary = summary_of(*key, report)
        self.changed += summary.exit_code != before.exit_code
        self.summaries.append(summary)
        judged = judged_of(report)
        self._seen[key] = seen_of(judged.results, judged.expires_at)
        data = msgspec.json.encode(judged)
        self._places[key] = (self._file.seek(0, 2), len(data))
        self._file.write(data)
