"""The API is read as its description says, and what else it may answer is one clear line."""

import asyncio
import gzip
import json
from datetime import UTC, datetime

import httpx
import pytest

from sigcheck.account.access import Access, access_from
from sigcheck.account.client import LARGEST, LONGEST_WAIT, MOST_PAGES, PACE, SigfoxApi
from sigcheck.account.problems import ApiProblem
from sigcheck.demo.authority import create_authority
from sigcheck.errors import UsageProblem
from sigcheck.testing.virtual_time import VirtualTimeLoop
from sigcheck.trust import certifi_roots, file_roots
from tests.account.server import ENVIRONMENT, LOGIN, PASSWORD, Account, sigfox_api
from tests.tls_servers import listening

TYPES = [{"id": f"{number:024x}", "name": f"Type {number}"} for number in range(250)]
TYPES_PATH = "/device-types/"
ACCESS = Access(LOGIN, PASSWORD, "https://api.example.com/v2")


def ask(url, work=None, environment=ENVIRONMENT):
    """Run a coroutine that gets a client of a real server; by default, list the device types."""

    async def run():
        async with SigfoxApi(access_from(url, environment)) as api:
            return await work(api) if work else [each async for each in api.items(TYPES_PATH)]

    return asyncio.run(run())


def scripted(*answers, work=None, told=None, pace=None, roots=None):
    """Ask a script in virtual time: the result, the requests, and the moments at which they came."""
    script, asked = list(answers), []

    async def answer(request):
        asked.append((asyncio.get_running_loop().time(), request))
        given = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(given, BaseException):
            raise given
        return httpx.Response(200, json=given) if isinstance(given, dict | list) else given

    async def run():
        transport = httpx.MockTransport(answer)
        async with SigfoxApi(ACCESS, told=told or (lambda _: None), transport=transport, pace=pace) as api:
            return await work(api) if work else [each async for each in api.items(TYPES_PATH)]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        try:
            result = runner.run(run())
        except UsageProblem as problem:
            result = problem
    return result, [request for _, request in asked], [moment for moment, _ in asked]


def problem_of(*answers, **more):
    """Give the problem that a script ends with."""
    problem, _, _ = scripted(*answers, **more)
    assert isinstance(problem, ApiProblem)
    assert PASSWORD not in str(problem)
    return problem


def test_all_pages_are_read():
    """Items come from every page, in order, each page asked for once with the credentials."""
    with sigfox_api(Account(device_types=TYPES)) as api:
        assert ask(api.url) == TYPES
        assert [query.get("offset") for _, query, _ in api.asked] == [None, "100", "200"]
        assert {authorization for _, _, authorization in api.asked} == {Access(LOGIN, PASSWORD).authorization}


def test_most_ends_a_list_early():
    """A caller that wants ten items asks for ten, and not for the next page."""

    async def ten(api):
        return [each async for each in api.items(TYPES_PATH, most=10)]

    with sigfox_api(Account(device_types=TYPES)) as api:
        assert ask(api.url, ten) == TYPES[:10]
        assert [query for _, query, _ in api.asked] == [{"limit": "10"}]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, {"message": "Bad", "errors": [{"type": "query", "field": "limit", "message": "too large"}]},
         "answered 400 to GET /device-types/: it refused the request as a bad one: Bad; query limit: too large"),
        (401, None, "SIGFOX_API_LOGIN and SIGFOX_API_PASSWORD"),
        (403, {"message": "No."}, "does not let this API user read it: No"),
        (404, {"message": "Gone"}, "does not know it: Gone"),
        (500, None, "try again later"),
        (302, None, "does not follow"),
        (418, b"<html>", "check --api-url"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line(status, body, said):
    """Each status says what it means, for which path, and what to do."""
    with sigfox_api(Account(device_types=TYPES)) as api:
        api.fail(TYPES_PATH, status=status, body=body)
        with pytest.raises(ApiProblem) as caught:
            ask(api.url)
    assert said in str(caught.value)
    assert f"answered {status} to GET /device-types/" in str(caught.value)
    assert caught.value.status == status
    assert "\n" not in str(caught.value)


def test_a_wrong_password_is_refused_without_being_shown():
    """A login that the API does not accept stays out of the message, even where the server quotes it."""
    with sigfox_api(Account()) as api, pytest.raises(ApiProblem) as caught:
        ask(api.url, environment={**ENVIRONMENT, "SIGFOX_API_PASSWORD": "another-secret"})
    assert "another-secret" not in str(caught.value)
    quoting = httpx.Response(403, json={"message": f"{LOGIN} may not, {PASSWORD} or {ACCESS.authorization}"})
    assert LOGIN not in str(problem_of(quoting))


def test_the_bad_request_of_the_server_itself():
    """The local server refuses a limit as the description says."""

    async def too_many(api):
        return await api.get(TYPES_PATH, {"limit": 101})

    with sigfox_api(Account()) as api, pytest.raises(ApiProblem, match="query limit: must be between 1 and 100"):
        ask(api.url, too_many)


def test_requests_keep_a_pace():
    """Requests begin a second apart, as the strictest rate that Sigfox publishes."""
    pages = [{"data": [1], "paging": {"next": f"/v2/x?offset={number}"}} for number in range(1, 4)]
    result, _, moments = scripted(*pages, {"data": [2], "paging": {}})
    assert result == [1, 1, 1, 2]
    assert moments == [0, PACE, 2 * PACE, 3 * PACE]


def test_a_limited_rate_is_waited_for():
    """A 429 is obeyed for as long as it says, and the user is told."""
    told = []
    result, _, moments = scripted(httpx.Response(429, headers={"retry-after": "7"}), {"data": []}, told=told.append)
    assert (result, moments) == ([], [0, 7])
    assert told == ["the Sigfox API asks to wait 7 s before GET /device-types/"]


def test_a_limited_rate_ends_the_patience():
    """A 429 that comes again and again, or asks for an hour, is a problem and no endless wait."""
    again = httpx.Response(429)
    problem, requests, moments = scripted(again)
    assert isinstance(problem, ApiProblem)
    assert (problem.status, len(requests), moments[-1]) == (429, 4, 30)
    long = problem_of(httpx.Response(429, headers={"retry-after": "3600"}))
    assert f"it asks to wait 3600 s, more than the {LONGEST_WAIT:g} s that sigcheck waits" in str(long)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v2/device-types?offset=100",
        "http://api.example.com/v2/x",
        "//evil.example/x",
        "https://api.example.com:444/v2/x",
        "https://[",
        "ftp:/x",
    ],
)
def test_the_next_page_is_not_asked_for_elsewhere(url):
    """A next page on another origin gets neither a request nor the password."""
    problem, requests, _ = scripted({"data": [1], "paging": {"next": url}})
    assert isinstance(problem, ApiProblem)
    assert "names a next page" in str(problem)
    assert [request.url.host for request in requests] == ["api.example.com"]


@pytest.mark.parametrize("start", ["https://api.example.com/v2/other", "https://api.sigfox.com/v2/device-types", ""])
def test_of_a_next_page_only_the_query_is_taken(start):
    """The next page is asked for at the same path, also behind a proxy that hands on what the API says."""
    result, requests, _ = scripted({"data": [1], "paging": {"next": f"{start}?pageId=abc"}}, {"data": [2]})
    assert result == [1, 2]
    assert str(requests[1].url) == "https://api.example.com/v2/device-types/?pageId=abc"


def test_pages_without_end_end():
    """A list that names the same page again, or ever new ones, is a problem and no loop."""
    assert "was read before" in str(problem_of({"data": [1], "paging": {"next": "?limit=100"}}))
    numbers = iter(range(10**6))

    async def ever_new(api):
        return [each async for each in api.items(TYPES_PATH)]

    class Endless(dict):
        def __init__(self):
            super().__init__(data=[], paging={"next": f"?offset={next(numbers)}"})

    answers = [Endless() for _ in range(MOST_PAGES + 5)]
    assert f"more than {MOST_PAGES} pages" in str(problem_of(*answers, work=ever_new))


def test_a_full_page_without_paging_is_followed():
    """Where an answer says nothing of pages and is full, the next offset is asked for, and no item comes twice."""
    full = {"data": list(range(100))}
    result, requests, _ = scripted(full, {"data": [100]})
    assert result == list(range(101))
    assert dict(requests[1].url.params) == {"limit": "100", "offset": "100"}
    assert scripted(full)[0] == list(range(100))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, text="<html>", headers={"content-type": "text/html"}), "is not JSON but text/html"),
        (httpx.Response(200, text="{"), "is not JSON"),
        (httpx.Response(200, content=b"[" * 100_000), "is not JSON"),
        (httpx.Response(200, json={"data": {}}), "has no list of data"),
        (httpx.Response(200, json=7), "has no list of data"),
        (httpx.Response(200, content=b" " * (LARGEST + 1)), "is larger than 16 MiB"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "could not be reached"),
        (httpx.RemoteProtocolError("Server disconnected"), "Server disconnected"),
        (ConnectionRefusedError(111, "x"), "connection refused"),
    ],
)
def test_no_usable_answer_is_one_line(answer, said):
    """What is no answer of the API is said in a line that names the path."""
    problem = problem_of(answer)
    assert said in str(problem)
    assert "GET /device-types/" in str(problem)
    assert "\n" not in str(problem)


@pytest.mark.parametrize(
    ("coding", "body", "said"),
    [
        ("gzip", gzip.compress(json.dumps({"data": [1]}).encode(), mtime=0), None),
        ("gzip", gzip.compress(b" " * (LARGEST + 1), mtime=0), "is larger than 16 MiB"),
        ("gzip", gzip.compress(b'{"data": [1]}' * 100, mtime=0)[:-12], "is compressed in a way that cannot be undone"),
        ("br", b"x", "is compressed in a way that cannot be undone"),
    ],
)
def test_compressed_answers(coding, body, said):
    """A compressed answer is read within the same bound; one that cannot be read is said to be so."""
    with sigfox_api(Account()) as api:
        api.fail(TYPES_PATH, body=body, headers={"Content-Encoding": coding})
        if said is None:
            assert ask(api.url) == [1]
        else:
            with pytest.raises(ApiProblem, match=said):
                ask(api.url)


def test_a_silent_server_is_given_up():
    """An answer that does not come is given up after the limit."""

    async def silent(_request):
        await asyncio.Event().wait()

    async def run():
        async with SigfoxApi(ACCESS, transport=httpx.MockTransport(silent)) as api:
            await api.get(TYPES_PATH)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, pytest.raises(ApiProblem, match="within 30 s"):
        runner.run(run())


@pytest.mark.parametrize(
    ("url", "environment", "said"),
    [
        (None, {}, "variables SIGFOX_API_LOGIN and SIGFOX_API_PASSWORD"),
        (None, {"SIGFOX_API_LOGIN": "a", "SIGFOX_API_PASSWORD": " "}, "variable SIGFOX_API_PASSWORD"),
        (None, {"SIGFOX_API_LOGIN": "a:b", "SIGFOX_API_PASSWORD": "x"}, "has a colon"),
        (None, {"SIGFOX_API_LOGIN": "a", "SIGFOX_API_PASSWORD": "b\nc"}, "has characters"),
        ("http://api.example.com/v2", ENVIRONMENT, "is plain http"),
        ("https://a:b-secret@api.example.com/v2", ENVIRONMENT, "has a login"),
        ("https://api.example.com/v2?a=b-secret", ENVIRONMENT, "has a query"),
        ("api.example.com/v2", ENVIRONMENT, "is not a URL"),
        ("https://a:99999/v2", ENVIRONMENT, "is not a URL"),
        ("https://[", ENVIRONMENT, "is not a URL"),
    ],
)
def test_access_that_cannot_be_used(url, environment, said):
    """Credentials that are missing, and URLs that would not keep them secret, are refused before anything is sent."""
    with pytest.raises(UsageProblem) as caught:
        access_from(url, environment)
    assert said in str(caught.value)
    assert "b-secret" not in str(caught.value)


def test_access_does_not_show_itself():
    """Neither login nor password stands in the representation that a traceback would show."""
    assert PASSWORD not in repr(ACCESS)
    assert LOGIN not in repr(ACCESS)


def test_the_certificate_is_verified_before_the_password_is_sent(tmp_path):
    """Roots that were not given are not trusted, and the line says what to do; those of --ca-file are."""
    made = create_authority(tmp_path, datetime.now(UTC))
    heard = []

    def converse(_, connection):
        with made.server_context().wrap_socket(connection, server_side=True) as tls:
            heard.append(tls.recv(65536))
            tls.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"data":[]}')

    async def run(url, roots):
        async with SigfoxApi(access_from(url, ENVIRONMENT), roots) as api:
            return [each async for each in api.items(TYPES_PATH)]

    with listening(converse) as server:
        url = f"https://localhost:{server.port}/v2"
        with pytest.raises(ApiProblem) as caught:
            asyncio.run(run(url, certifi_roots().pem()))
        assert "the certificate of the Sigfox API was not accepted for GET /device-types/" in str(caught.value)
        assert "the password was not sent" in str(caught.value)
        assert heard == []
        assert asyncio.run(run(url, file_roots(made.ca_file).pem())) == []
    assert b"authorization: Basic " in heard[0]
