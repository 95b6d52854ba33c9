"""Counts that the customer reads from his database after the run: how they are read, and the verdict that they give."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from sigcheck.afterwards import Counts, joined, parse_counts
from sigcheck.errors import UsageProblem
from sigcheck.judge import judge
from sigcheck.model.figures import messages
from sigcheck.rules import RULES
from tests.clock import START, FakeClock
from tests.evidence import evidence as healthy
from tests.fleet.in_virtual_time import FAMILIES, Receiver, failed, said, verified
from tests.scripted import Served
from tests.test_replay import play

DEDUP = [rule for rule in RULES if rule.family in {"retry", "dedup"}]
ONE = {(0xAB, 1_795_000_000, 7): 2}


def uncounted(receiver, **given):
    """Give the evidence of a run that nothing counted, and that was played to be counted later."""
    deliver = Served(receiver.clock, receiver.receive)
    report = play(receiver.clock, deliver, speed=1.0, families=FAMILIES, samples=20, observe_later=True, **given)
    assert report.verdict == "undecided"
    return report.evidence


def counted(evidence, effects, rules=DEDUP, default=None):
    """Judge evidence with the counts that `effects` gives of each message that was sent."""
    lines = [(each, effects(each)) for each in messages(evidence)]
    text = "device,time,seqNumber,count\n" + "".join(
        f"{each.message.device},{each.message.time},{each.message.seq_number},{number}\n"
        for each, number in lines
        if number is not None
    )
    found = joined(evidence, parse_counts(text.encode(), "counts.csv").effects, default)
    return judge(found.evidence, rules, finished_at=START), found


def naive(clock):
    """Give a receiver that stores every delivery."""
    number = count()
    return Receiver(clock, key=lambda _message: next(number))


def by_rule(report, rule):
    """Give a rule's result."""
    return next(each for each in report.results if each.rule == rule)


KEYS = {
    "good": lambda message: message.identity,
    "counter alone": lambda message: (message.device, message.seq_number),
    "data alone": lambda message: message.data,
}


@pytest.mark.parametrize("key", KEYS)
def test_counts_give_the_verdict_that_an_observer_would_have_given(key):
    """The same rules fail when the counts come after the run as when an observer has them."""
    receiver = Receiver(FakeClock(), key=KEYS[key])
    report, found = counted(uncounted(receiver), lambda each: receiver.of(each.message))
    observed = verified(Receiver(FakeClock(), key=KEYS[key]), speed=1.0, samples=20)
    assert failed(report) == [rule for rule in failed(observed) if rule.startswith(("dedup", "retry"))]
    assert report.verdict == ("compliant" if key == "good" else "non-compliant")
    assert found.missing == ()


def test_a_receiver_that_stores_every_delivery():
    """Each message has as many effects as deliveries; which retry it was is not claimed to be known."""
    receiver = naive(FakeClock())
    report, _ = counted(uncounted(receiver), lambda each: receiver.of(each.message))
    assert failed(report) == ["dedup-duplicate"]
    assert "the message was delivered 4 times and had 4 effects when they were counted after the run" in said(
        report, "dedup-duplicate"
    )
    assert said(report, "dedup-window").startswith("the counts do not show which retry was processed again")


def test_a_compressed_schedule_is_not_what_keeps_the_window_from_being_judged():
    """Where counts show a duplicate, dedup-window is skipped as after an observer's run, at any speed."""
    receiver = naive(FakeClock())
    evidence = uncounted(receiver)
    evidence = structs.replace(evidence, settings=structs.replace(evidence.settings, speed=240.0))
    report, _ = counted(evidence, lambda each: receiver.of(each.message))
    assert by_rule(report, "dedup-window").status == "skip"
    assert "do not show which retry was processed again" in said(report, "dedup-window")


def test_two_rows_a_message_are_learned_from_the_samples():
    """What was delivered once shows how many effects a message has."""
    receiver = Receiver(FakeClock())
    report, _ = counted(uncounted(receiver), lambda each: 2 * receiver.of(each.message))
    assert (failed(report), report.verdict) == ([], "compliant")
    assert "had 2 effects" in said(report, "dedup-duplicate")


def odd_sample(each):
    """Give one sample 2 effects."""
    return 2 if (each.part, each.index) == ("samples", 2) else 1


CONTRADICTIONS = {
    "samples": (lambda each: 2 if each.part == "samples" else 1, "had 1 effect each, while most"),
    "look-alikes more": (lambda each: 2 if each.part == "look-alikes" else 1, "had 2 effects each, while most"),
    "look-alikes less": (lambda each: 1 if each.part == "look-alikes" else 3, "had 1 effect each, while most"),
    "one sample": (odd_sample, "sample 3 was delivered once and had 2 effects, while most messages"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_counts_that_contradict_each_other_prove_nothing(name):
    """Messages that were delivered once must have as many effects as each other: the odd ones are named."""
    effects, says = CONTRADICTIONS[name]
    report, _ = counted(uncounted(Receiver(FakeClock())), effects)
    assert (failed(report), report.verdict) == ([], "undecided")
    assert says in said(report, "dedup-duplicate")


def test_samples_alone_contradict_the_replay_too():
    """Without another message that was delivered once, a retried one with fewer effects than a sample is odd."""
    evidence = uncounted(Receiver(FakeClock()))
    evidence = structs.replace(evidence, scenarios=(evidence.scenario("retry"),))
    report, _ = counted(evidence, lambda each: 2 if each.part == "samples" else 1)
    assert by_rule(report, "dedup-duplicate").status == "undecided"


def test_the_observer_rule_says_it_where_the_other_one_is_not_asked():
    """No selection of rules lets contradictions pass without a word."""
    evidence = uncounted(Receiver(FakeClock()))
    rules = [rule for rule in DEDUP if rule.id != "dedup-duplicate"]
    settings = structs.replace(evidence.settings, selected=tuple(each.id for each in rules))
    report, _ = counted(structs.replace(evidence, settings=settings), odd_sample, rules=rules)
    assert "sample 3 was delivered once and had 2 effects" in said(report, "dedup-observer")


def test_an_observer_that_saw_a_sample_twice_proves_nothing_either():
    """The replay shows one effect a message; a sample that was delivered once had two."""
    report = verified(Receiver(FakeClock()), speed=1.0, samples=20)
    assert by_rule(report, "dedup-duplicate").status == "pass"
    whole = report.evidence.whole
    doubled = structs.replace(report.evidence, whole=(structs.replace(whole[0], effects=2), *whole[1:]))
    report = judge(doubled, DEDUP, finished_at=START)
    assert by_rule(report, "dedup-duplicate").status == "undecided"


def test_lost_messages_are_found():
    """A sample and the message of the replay that were accepted, and are not in the database."""
    receiver = Receiver(FakeClock())
    evidence = uncounted(receiver)
    report, _ = counted(evidence, lambda each: 0 if each.part == "samples" and each.index == 2 else 1)
    assert failed(report) == ["dedup-lost"]
    assert "1 of 20 accepted samples (sample 3) had no effect when they were counted after the run" in said(
        report, "dedup-lost"
    )


@pytest.mark.parametrize("part", ["samples", "retry"])
def test_what_is_missing_may_have_come_after_the_counting(part):
    """The advice is to count again, not to wait longer or to ask an observer: there is none."""
    evidence = uncounted(Receiver(FakeClock()))
    report, _ = counted(evidence, lambda each: 0 if (each.part, each.index) == (part, 1) else 1)
    fix = by_rule(report, "dedup-lost").fix
    assert fix.startswith("Count again when the receiver has finished its work.")
    assert not any(word in fix for word in ("--effects-within", "sigcheck observe", "--device"))


def test_nothing_at_all_is_about_the_counting():
    """Where no message had an effect, the wrong table is as likely as a receiver that loses everything."""
    report, _ = counted(uncounted(Receiver(FakeClock())), lambda each: 0)
    assert (failed(report), report.verdict) == ([], "undecided")
    assert "no effect was counted in the whole run" in said(report, "dedup-duplicate")
    result = by_rule(report, "dedup-duplicate")
    assert not any("observe" in text for text in (result.summary, result.fix))


def test_a_message_without_a_line_leaves_its_scenario_undecided():
    """Nothing is claimed of it, unless a default says what that means."""
    receiver = Receiver(FakeClock())
    evidence = uncounted(receiver)

    def some(each):
        return None if each.part == "retry" and each.index == 1 else 1

    report, found = counted(evidence, some)
    assert (report.verdict, [each.part for each in found.missing]) == ("undecided", ["retry"])
    assert "1 of its 3 messages have no count" in said(report, "dedup-duplicate")
    report, found = counted(evidence, some, default=1)
    assert (report.verdict, found.missing) == ("compliant", ())


def test_lines_of_other_messages_are_counted():
    """A whole table may be exported: what this run did not send is put aside."""
    evidence = uncounted(Receiver(FakeClock()))
    found = joined(evidence, {(1, 2, 3): 1, (1, 2, 4): 5}, default=1)
    assert found.foreign == 2


def test_counts_take_the_place_of_an_observer_that_failed():
    """What the observer said is not used any more."""
    found = structs.replace(healthy(), observer=None, scenarios=())
    assert joined(found, {}).evidence.observer_check is None
    assert joined(healthy(), {}, default=1).evidence.observer.kind == "afterwards"


FORMS = {
    "csv": "device,time,seqNumber,count\nAB,1795000000,7,2\n",
    "no header": "ab,1795000000,7,2\n",
    "blanks": "00AB 1795000000 7 2\n",
    "semicolons": "Device;Time;SeqNumber;Count\nAB;1795000000;7;2\n",
    "tabs": "AB\t1795000000\t7\t2\n",
    "other order": "count,seq_number,device,time\n2,7,AB,1795000000\n",
    "quoted": '"device","time","seqNumber","count(*)"\n"AB","1795000000","7","2"\n',
    "milliseconds": "AB,1795000000000,7,2\n",
    "iso": "AB,2026-11-18T11:06:40Z,7,2\n",
    "iso without a zone": "AB;2026-11-18 11:06:40;7;2\n",
    "more columns": "device,name,time,seqNumber,data,count\nAB,x,1795000000,7,0102,2\n",
    "psql": " device |    time    | seqnumber | count \n--------+------------+-----------+-------\n"
    " AB     | 1795000000 |         7 |     2\n(1 row)\n",
    "mysql": "+--------+------+\n| device | time | seq | n |\n+--------+------+\n| AB | 1795000000 | 7 | 2 |\n+---+\n",
    "one line a row": "device,time,seqNumber\nAB,1795000000,7\nAB,1795000000,7\n",
    "comments": "# from the database\n\nAB,1795000000,7,2\n",
    "excel": "sep=;\r\ndevice;time;seqNumber;count\r\nAB;1795000000;7;2\r\n",
    "psql with timing": "AB|1795000000|7|2\n(1 row)\n\nTime: 3.200 ms\n",
    "sqlite box": "┌────────┬────────────┬───────────┬───────┐\n│ device │    time    │ seqNumber │ count │\n"
    "├────────┼────────────┼───────────┼───────┤\n│ AB     │ 1795000000 │ 7         │ 2     │\n"
    "└────────┴────────────┴───────────┴───────┘\n",
    "half filled": "device,time,seqNumber,count,message\nAB,1795000000,7,2,a\nAB,1795000060,8,,b\n"
    "AB,1795000120,9, ,c\n",
    "a line that ends early": "device,time,seqNumber,count\nAB,1795000000,7,2\nAB,1795000060,8\n",
    "bom": "\ufeffdevice,time,seqNumber,count\r\nAB,1795000000,7,2\r\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(form):
    """Whatever a database client prints is read."""
    assert parse_counts(FORMS[form].encode(), "f").effects == ONE


EXACT = {
    "count": "device,time,seqNumber,count,rows\nAB,1795000000,7,2,9\n",
    "count first": "rows,device,time,seqNumber,COUNT(*)\n9,AB,1795000000,7,2\n",
    "device": "id,device,time,seqNumber,count,deviceId\n41,AB,1795000000,7,2,42\n",
    "time": "device,time,timestamp,seqNumber,count\nAB,1795000000,2026-01-01,7,2\n",
    "seqNumber": "seq,device,time,seq_number,count\n1,AB,1795000000,7,2\n",
}


@pytest.mark.parametrize("form", EXACT)
def test_an_exact_name_wins_over_other_words(form):
    """A column beside it that could be meant, too, does not replace it."""
    assert parse_counts(EXACT[form].encode(), "f").effects == ONE


TWICE = {
    "device,time,seqNumber,rows,total": "f, line 1: the columns 'rows' and 'total' can both be the count: name one",
    "id,device_name,time,seqNumber,count": "f, line 1: the columns 'id' and 'device_name' can both be the device",
    "device,ts,timestamp,seqNumber,count": "f, line 1: the columns 'ts' and 'timestamp' can both be the time",
    "device,time,seq,sequence,count": "f, line 1: the columns 'seq' and 'sequence' can both be the seqNumber",
    "device,time,seqNumber,count,count(*)": "f, line 1: the columns 'count' and 'count(*)' can both be the count",
}


@pytest.mark.parametrize("header", TWICE)
def test_two_columns_that_could_be_meant_are_refused(header):
    """Neither is chosen silently."""
    with pytest.raises(UsageProblem) as refused:
        parse_counts(f"{header}\nAB,1795000000,7,1,1\n".encode(), "f")
    assert TWICE[header] in str(refused.value)


WRONG = {
    "": "counts.csv has no counts: write a line a message",
    "AB\n": "counts.csv, line 1 has 1 column: write device,time,seqNumber,count",
    "device,time,seqNumber,count\nAB,1,7,\n": "counts.csv has no counts",
    "AB,1,7,\nAB,1,7,2\n": "counts.csv, line 2 repeats the message of line 1",
    "AB,1795000000\n": "counts.csv, line 1 has 2 columns: write device,time,seqNumber,count",
    "AB,1795000000,7,two\n": "counts.csv, line 1 has no count: write a whole number from 0",
    "AB,1795000000,7,-1\n": "counts.csv, line 1 has no count",
    "AB,1795000000,7,9999999\n": "counts.csv, line 1 has no count",
    "x,1795000000,7,1\n": "counts.csv, line 1 has no device id",
    "AB,yesterday,7,1\n": "counts.csv, line 1 has no time: write Unix seconds",
    "AB,1795000000,seven,1\n": "counts.csv, line 1 has no sequence number",
    "AB,1,7,1\nAB,1,7,1\n": "counts.csv, line 2 repeats the message of line 1: give one line a message",
    "device,count\nAB,1\n": "counts.csv, line 1 names no column time",
    "\xff": "counts.csv is not UTF-8 text",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_read_is_named(text):
    """The file, the line and what to write; never a traceback."""
    with pytest.raises(UsageProblem) as refused:
        parse_counts(text.encode("latin-1"), "counts.csv")
    assert WRONG[text] in str(refused.value)


@given(st.binary(max_size=200) | st.text(alphabet='0123456789abAB,;|\t -:TZ.\n"device', max_size=120).map(str.encode))
def test_no_file_breaks_it(data):
    """Any bytes are either counts or one clear line."""
    found: Counts | UsageProblem
    try:
        found = parse_counts(data, "f")
    except UsageProblem as problem:
        found = problem
    assert "\n" not in str(found) if isinstance(found, UsageProblem) else min(found.effects.values()) >= 0
