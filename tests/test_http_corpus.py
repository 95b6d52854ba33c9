"""Our reader beside the measured clients: docs/http-clients.md is what it is held against, here and on the wire."""

import re

import pytest

from sigcheck.model.answers import CLIENTS
from tests import http_clients, http_table
from tests.http_corpus import Case, cases
from tests.system import missing

STATUS = re.compile(r"\d+")


def cells(case: Case) -> dict[str, str]:
    """Give what the page says that each client made of a case."""
    return dict(zip(CLIENTS, http_table.committed()[case.id][1:4], strict=True))


def test_the_reader_names_the_clients_that_refuse() -> None:
    """What a client gave on the wire, the reader gives; whom it names, those gave no status, or another one."""
    for case in cases():
        reader = http_table.reader_of(case)
        gave = {client: int(found[0]) for client, text in cells(case).items() if (found := STATUS.match(text))}
        if reader.unreadable is None and reader.head is None:
            assert len(gave) < len(CLIENTS), f"{case.id}: every client has an answer, and the reader waits"
            continue
        refusing = {client for oddity in reader.oddities for client in oddity.refused_by}
        assert (set(CLIENTS) if reader.unreadable else refusing) == set(CLIENTS) - gave.keys(), case.id
        if reader.head is not None:
            assert set(gave.values()) == {reader.head.status}, case.id


def test_the_reader_names_the_clients_that_lose_the_body() -> None:
    """Who gave the status and no body is named, and no other client is."""
    for case in cases():
        if case.close == "stay":
            continue
        reader = http_table.reader_of(case)
        if reader.head is None:
            assert reader.unreadable, case.id
            continue
        refusing = {client for oddity in reader.oddities for client in oddity.refused_by}
        losing = {client for oddity in reader.oddities for client in oddity.body_lost_by}
        lost = {client for client, text in cells(case).items() if text.endswith(http_table.LOST)}
        assert losing - refusing == lost, case.id
        assert reader.body_end != "open", case.id


def test_the_page_says_what_sigcheck_says() -> None:
    """Level and reason on the page are those of today's reader."""
    for case in cases():
        described = http_table.escaped((f"{case.about} (`{case.id}`)", *http_table.verdict(case)))
        first, *_, level, why = http_table.committed()[case.id]
        assert (first, level, why) == described, case.id


def test_the_page_has_every_case_once() -> None:
    """No line is left over from a case that is gone, and each id is used once."""
    identifiers = [case.id for case in cases()]
    assert list(http_table.committed()) == identifiers
    assert len(set(identifiers)) == len(identifiers) >= 300


@pytest.mark.system
@pytest.mark.long
def test_real_clients_do_what_the_page_says() -> None:
    """Each client takes and refuses what it did when the page was written; in the same version, to the letter."""
    absent = http_clients.missing()
    if absent:
        missing(absent[0])
    with http_clients.jdk() as machine:
        said = http_clients.measure(cases(), machine)
        same = http_table.versions(machine) in http_table.PAGE.read_text(encoding="utf-8")
    for case in cases():
        measured = http_table.measured(case, said[case.id])
        if same:
            assert measured == cells(case), case.id
        else:
            assert statuses(measured) == statuses(cells(case)), case.id


def statuses(table: dict[str, str]) -> dict[str, str]:
    """Keep what does not differ between releases of a client: the statuses, without the bodies."""
    return {client: text.removesuffix(http_table.LOST) for client, text in table.items()}
