"""The rule response-http10: one delivery by HTTP/1.0, and what answers, refuses or misunderstands it."""

import socket
import threading
from datetime import UTC, datetime

import pytest
from msgspec import json, structs

from sigcheck.demo.authority import create_authority
from sigcheck.http1.request import written
from sigcheck.model.answers import Oddity, OddityKind
from sigcheck.model.delivery import FailureKind, Origin, Phase, Request
from sigcheck.model.effects import EffectCount, ObserverFacts
from sigcheck.model.evidence import Evidence
from sigcheck.model.figures import messages
from sigcheck.model.rule import Status
from sigcheck.rules._exchanges import every
from sigcheck.rules._samples import of_samples
from sigcheck.rules._told import HTTP10
from tests.behaviours import BEHAVIOURS, canned
from tests.clock import FakeClock
from tests.evidence import BY_HTTP10, answer, evidence, exchange, failure, samples
from tests.misbehaving import misbehaving
from tests.rulecases import Case, check, judged, table
from tests.running import failed, planned, result, verify
from tests.scripted import ScriptedDelivery, ScriptedObserver
from tests.servers.proxies import MissingProgramError, apache, caddy, haproxy, nginx_proxy
from tests.system import missing
from tests.test_replay import play

PASS, FAIL, SKIP, OPEN = Status.PASS, Status.FAIL, Status.SKIP, Status.UNDECIDED
RULE = "response-http10"
UNSURE = "the portal's records show HTTP/1.0; whether the connection carries it is not confirmed"
CHUNKED = (("Transfer-Encoding", "chunked"),)
SIZED = (("Content-Length", "2"),)
ENDLESS = {"body": b"ok", "end": "cut at the limit"}
ODD = Oddity(OddityKind.BODY, "the body is cut short", body_lost_by=("curl", "java.net.http"))


def got(outcome=None, **more):
    """Give evidence in which the delivery by HTTP/1.0 had that outcome."""
    return {"http10": exchange(outcome, message=BY_HTTP10.message), "scenario": None} | more


def refused(status, *, others=None, headers=(), reason="Reason"):
    """Give evidence in which HTTP/1.0 was answered with that status."""
    made = got(answer(status, reason=reason, headers=headers))
    return made if others is None else made | {"samples": samples(*(answer(each) for each in others))}


ENVOY = refused(426, reason="Upgrade Required", headers=(("server", "istio-envoy"),))
SILENT = failure()
RESET = failure(FailureKind.RESET, Phase.WAIT, "the connection was reset")
CLOSED = failure(FailureKind.CLOSED, Phase.WAIT, "the connection was closed without an answer")


@table(
    Case(RULE, "good", got(), PASS, "a request by HTTP/1.0 was answered 204"),
    Case(RULE, "good-with-a-length", got(answer(200, headers=SIZED, body=b"ok")), PASS),
    Case(RULE, "another-good-status", got(answer(200, reason="OK")), PASS),
    Case(RULE, "envoy", ENVOY, FAIL, "426 'Upgrade Required' by 'istio-envoy', and by HTTP/1.1 204", "should"),
    Case(RULE, "envoy-fix", ENVOY, FAIL, "accept_http_10: true"),
    Case(RULE, "envoy-unsure", ENVOY, FAIL, UNSURE),
    Case(RULE, "505", refused(505), FAIL, "look for a minimum version"),
    Case(RULE, "400", refused(400), FAIL, "the same as the accepted ones but for its version"),
    Case(RULE, "404", refused(404), FAIL, "was answered 404 'Reason', and by HTTP/1.1 204"),
    Case(RULE, "redirect", refused(301), FAIL, "was answered 301"),
    Case(RULE, "all-alike", refused(404, others=[404, 404]), SKIP, "as all others were"),
    Case(RULE, "some-alike", refused(500, others=[204, 500]), OPEN, "and so was sample 2"),
    Case(RULE, "none-accepted", refused(400, others=[404, 404]), FAIL, "was answered 400"),
    Case(RULE, "none-accepted-403", refused(403, others=[404, 404]), OPEN, "none by HTTP/1.1 was accepted either"),
    Case(RULE, "426-though-404", refused(426, others=[404, 404]), FAIL, "was answered 426"),
    Case(RULE, "rate-limit", refused(429), OPEN, "limits the rate"),
    Case(RULE, "chunked", got(answer(200, headers=CHUNKED, body=b"ok")), FAIL, "Transfer-Encoding: 'chunked'"),
    Case(RULE, "left-open", got(answer(200, **ENDLESS)), FAIL, "has no Content-Length, and the connection was left"),
    Case(RULE, "slow-body", got(answer(200, headers=SIZED, **ENDLESS)), FAIL, "did not end within the limit"),
    Case(
        RULE,
        "left-open-by-both",
        got(answer(200, **ENDLESS), samples=samples(answer(200, **ENDLESS))),
        OPEN,
        "sample 1",
    ),
    Case(RULE, "odd", got(answer(200, oddities=(ODD,))), FAIL, "the body is cut short"),
    Case(RULE, "odd-as-others", got(answer(200, oddities=(ODD,)), samples=samples(answer(200, oddities=(ODD,)))), PASS),
    Case(RULE, "no-answer", got(SILENT), FAIL, "was not answered (no status line"),
    Case(RULE, "reset", got(RESET), FAIL, "was met with a reset"),
    Case(RULE, "closed", got(CLOSED), FAIL, "the server closed the connection, and by HTTP/1.1 204"),
    Case(RULE, "reset-as-others", got(RESET, samples=samples(answer(), RESET)), OPEN, "neither was sample 2"),
    Case(RULE, "refused", got(failure(FailureKind.REFUSED, Phase.CONNECT, "no")), OPEN, "see reach-refused"),
    Case(RULE, "ours", got(failure(FailureKind.LOCAL, Phase.WAIT, "no file")), OPEN, "could not be made: no file"),
    Case(RULE, "not-made", {}, SKIP, "no delivery was made by HTTP/1.0"),
    Case(RULE, "unanswered", {"samples": samples(SILENT), "scenario": None}, SKIP, "so none was made by HTTP/1.0"),
    Case(RULE, "nothing", {"samples": (), "scenario": None, "unauthenticated": None}, SKIP, "nothing was delivered"),
    Case(RULE, "interrupted", {"interrupted": "SIGINT", "scenario": None}, OPEN, "before the delivery by HTTP/1.0"),
)
def test_the_rule(case):
    """Each cause has its own words, and what befalls HTTP/1.1 as well is left to the rule about it."""
    check(case)


@pytest.mark.parametrize("outcome", [SILENT, RESET, CLOSED, answer(426), answer(301), answer(200, oddities=(ODD,))])
def test_one_defect_fires_one_rule(outcome):
    """What only HTTP/1.0 meets fails no rule about the answers to HTTP/1.1."""
    for rule in ("response-not-2xx", "response-redirect", "response-malformed", "deadline-exceeded"):
        assert judged(rule, got(outcome)).status is PASS, rule
    assert judged(RULE, got(outcome)).status is FAIL


def test_the_sentences_claim_nothing():
    """No finding says that the Cloud sends HTTP/1.0: only that records show it."""
    for outcome in (SILENT, RESET, answer(426), answer(200, headers=CHUNKED), answer(200, **ENDLESS)):
        for found in judged(RULE, got(outcome)).findings:
            assert found.message.endswith(UNSURE)


def test_it_is_one_of_the_exchanges():
    """Tables of messages, the exchanges of the evidence and of the rules, and saved reports have it."""
    seen = evidence(**got())
    assert seen.http10 in seen.exchanges
    assert [each.label for each in every(seen) if each.part == HTTP10] == ["the delivery by HTTP/1.0"]
    named = [each for each in messages(seen) if each.name == "the message by HTTP/1.0"]
    assert [(each.message, each.deliveries, each.accepted) for each in named] == [(BY_HTTP10.message, 1, 1)]
    assert len({each.index for each in messages(seen)}) == len(messages(seen))
    assert json.decode(json.encode(seen), type=Evidence).http10 == seen.http10


def test_an_old_report_has_none():
    """What was saved before there was such a delivery still loads."""
    document = json.decode(json.encode(evidence()))
    del document["http10"]
    assert json.decode(json.encode(document), type=Evidence).http10 is None


@pytest.mark.parametrize(("effects", "lost"), [(2, 0), (1, 1)])
def test_its_effect_is_one_more_of_a_total(effects, lost):
    """Of a total, its message accounts for one effect: a sample and it make two."""
    total = EffectCount(9.0, 8.0, "at the end", None, 2, effects, effects, 3)
    observer = ObserverFacts("url", per_message=False, settle=2.0)
    facts = evidence(observer=observer, unauthenticated=None, **got(samples=samples(answer())))
    accounts = of_samples(structs.replace(facts, whole=(total,)))
    assert (accounts.counted, accounts.lost) == (2, lost)
    later = structs.replace(facts, whole=(total,), samples=(structs.replace(facts.samples[0], started=6.0),))
    assert of_samples(later).waited < accounts.waited


def test_a_total_at_the_end_expects_it():
    """A run with an observer of a total counts its message among those that were accepted."""
    clock = FakeClock()
    effects = set()
    deliver = ScriptedDelivery(clock, happens=lambda message: effects.add(message.identity))
    observer = ScriptedObserver(lambda message: len(effects), per_message=False)
    report = play(clock, deliver, families=("response", "dedup", "retry"), observer=observer, speed=100.0)
    (whole,) = report.evidence.whole
    assert report.evidence.http10 is not None
    assert whole.expected == whole.effects == len(effects)
    assert failed(report) == []


def test_its_message_is_its_own():
    """It is sent once, by HTTP/1.0, with a time and a counter that no other message has."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock)
    play(clock, deliver, families=("response", "retry"), samples=3)
    versions = [each.request.version for each in deliver.deliveries]
    assert versions.count("1.0") == 1
    assert versions.index("1.0") == 3
    sent = {each.message for each in deliver.deliveries}
    (own,) = (each.message for each in deliver.deliveries if each.request.version == "1.0")
    for other in sent - {own}:
        assert own.time != other.time
        assert own.seq_number != other.seq_number


def test_one_device_sends_no_faster_than_it_can():
    """Where the user names the device, seven seconds lie between this message and the next one."""
    clock = FakeClock()
    deliver = ScriptedDelivery(clock)
    play(clock, deliver, families=("response", "retry"), samples=2, device="20AEAB")
    at = [each.request.version for each in deliver.deliveries].index("1.0")
    assert deliver.arrived[at] - deliver.arrived[at - 1] >= 7
    assert deliver.arrived[at + 1] - deliver.arrived[at] >= 7


@pytest.mark.parametrize(
    ("only", "made"), [(("response",), True), ((RULE,), True), (("response-not-2xx",), False), (("deadline",), False)]
)
def test_it_is_sent_for_its_rule(only, made):
    """A run without the rule sends nothing by HTTP/1.0."""
    assert planned("https://receiver.example/", only=only).http10 is made


def test_the_bytes_of_the_request():
    """The request line says HTTP/1.0, there is a Host header, and no Connection header in either version."""
    made = Request("POST", Origin("https", "receiver.example", 443), "/x?y=1", (("a", "b"),), b"{}", version="1.0")
    assert written(made) == (
        b"POST /x?y=1 HTTP/1.0\r\na: b\r\ncontent-length: 2\r\nhost: receiver.example\r\n\r\n",
        b"{}",
    )
    assert written(structs.replace(made, version="1.1"))[0].startswith(b"POST /x?y=1 HTTP/1.1\r\n")


def by_version(old, new):
    """Make a behaviour that sends one answer to HTTP/1.0 and another to HTTP/1.1, and keeps the connection open."""

    def script(peer):
        request = peer.request()
        peer.send(old if b" HTTP/1.0\r\n" in request else new)
        peer.wait(peer.server.seconds)

    return script


GOOD = b"HTTP/1.1 204 No Content\r\n\r\n"
UPGRADE = b"HTTP/1.1 426 Upgrade Required\r\nserver: istio-envoy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
REAL = {
    "answers-426-as-envoy": (UPGRADE, "426 'Upgrade Required' by 'istio-envoy'"),
    "answers-505": (b"HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\n\r\n", "was answered 505"),
    "chunks-to-1.0": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "reads the sizes of the chunks as part of the body",
    ),
    "never-closes": (b"HTTP/1.1 200 OK\r\n\r\nok", "the connection was left open"),
    "hangs": (b"", "was not answered"),
}


@pytest.mark.parametrize("name", REAL)
def test_real_servers_that_do_not_know_http10(name, monkeypatch):
    """A socket that treats HTTP/1.0 in its own way is found out by this rule and by no other."""
    old, says = REAL[name]
    monkeypatch.setitem(BEHAVIOURS, name, by_version(old, GOOD))
    with misbehaving(name, seconds=3.0) as server:
        report = verify(server.url, families=("reach", "response", "deadline"), samples=2, limit=0.6)
    assert (failed(report), failed(report, "should")) == ([], [RULE])
    assert says in result(report, RULE).summary
    assert UNSURE in result(report, RULE).summary


def test_a_server_that_closes_after_http10_is_right(monkeypatch):
    """An answer without a length whose connection is closed behind it is what HTTP/1.0 has."""
    monkeypatch.setitem(BEHAVIOURS, "closes", canned(b"HTTP/1.0 200 OK\r\n\r\nok"))
    with misbehaving("closes") as server:
        report = verify(server.url, families=("response",), samples=1, limit=0.6)
    assert failed(report, "should") == []
    assert result(report, RULE).status is PASS


CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"


@pytest.mark.system
@pytest.mark.parametrize(("proxy", "undoes"), [(nginx_proxy, True), (apache, True), (caddy, True), (haproxy, False)])
def test_real_proxies_before_an_application_that_sends_chunks(proxy, undoes, tmp_path, monkeypatch):
    """nginx, Apache and Caddy answer HTTP/1.0 without chunks; HAProxy passes on what the application sent."""
    tmp_path.chmod(0o755)
    authority = create_authority(tmp_path, datetime.now(UTC))
    monkeypatch.setitem(BEHAVIOURS, "chunks", canned(CHUNKS))
    try:
        with misbehaving("chunks") as backend, proxy(authority, tmp_path, backend.port) as port:
            url = f"https://127.0.0.1:{port}/"
            report = verify(url, families=("response",), limit=5.0, ca_file=str(authority.ca_file))
    except MissingProgramError as error:
        missing(str(error))
    found = result(report, RULE)
    assert found.status is (PASS if undoes else FAIL)
    assert ("reads the sizes of the chunks as part of the body" in found.summary) is not undoes


async def streaming(scope, receive, send):
    """Answer in two pieces without a length, as a framework's streamed response does."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"o", "more_body": True})
    await send({"type": "http.response.body", "body": b"k"})


def test_uvicorn_streams_without_chunks_to_http10():
    """Uvicorn sends chunks to HTTP/1.1, and to HTTP/1.0 a body that ends with the connection."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(streaming, log_level="critical", lifespan="off", http="h11"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            port = listener.getsockname()[1]
            report = verify(f"http://127.0.0.1:{port}/", families=("response",), samples=1, limit=5.0)
        finally:
            server.should_exit = True
            thread.join()
    assert report.evidence.samples[0].outcome.header("transfer-encoding") == "chunked"
    assert result(report, RULE).status is PASS
    assert report.evidence.http10.outcome.content == b"ok"
