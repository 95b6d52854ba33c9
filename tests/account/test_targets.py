"""Callbacks become targets that hold what the callbacks hold, without their secrets."""

import json
import string
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigcheck.account.definitions import definitions_in, read_definitions
from sigcheck.account.document import document, summary
from sigcheck.account.targets import import_all
from sigcheck.callback import CALLBACK_TYPES
from sigcheck.cli.importing import problem_of
from sigcheck.cli.targets import wanted
from sigcheck.config.decoding import decode_settings
from sigcheck.config.file import read_text
from sigcheck.errors import UsageProblem

TOKEN = "hunter2-Zq81xT0pW"
UPLINK = {
    "id": "5730510c7f071f9afd2bb2b7",
    "channel": "URL",
    "callbackType": 0,
    "callbackSubtype": 2,
    "enabled": True,
    "dead": False,
    "url": "https://callbacks.example.com/sigfox",
    "httpMethod": "POST",
    "contentType": "application/json",
    "bodyTemplate": '{"device":"{device}","time":{time}}',
}


def made(*callbacks, check=lambda text, held: None):
    """Import callbacks: the text, the targets that were made, and those that were left out."""
    imported, left = import_all(definitions_in(list(callbacks)), check)
    return document(imported, left), imported, left


def target(**changes):
    """Import one callback: its target as tomllib reads it."""
    text, imported, left = made({**UPLINK, **changes})
    assert left == []
    return tomllib.loads(text)["targets"][imported[0].name]


def config_of(text, held=None):
    """Read the only target of a file as `verify` would."""
    (one,) = wanted([], {}, read_text(text, "sigcheck.toml"), every=True)
    return decode_settings(one.settings, one.spelled, held or {}, name=one.name)


def held_by(callback):
    """Give what the variables of a callback must hold."""
    found = {}
    import_all(definitions_in([callback]), lambda _, held: found.update(held))
    return found


def test_a_plain_callback():
    """Method, URL, content type and body stand in the target as the API has them."""
    assert target() == {
        "url": UPLINK["url"],
        "type": "data/uplink",
        "method": "POST",
        "content_type": "application/json",
        "body": UPLINK["bodyTemplate"],
    }


@pytest.mark.parametrize("kind", [each for each in CALLBACK_TYPES.values() if each.api])
def test_each_type_has_its_numbers(kind):
    """The two numbers of the API name the type; an error needs no second one."""
    first, second = kind.api
    numbers = {"callbackType": first} | ({} if second is None else {"callbackSubtype": second})
    text, imported, _ = made({**UPLINK, "callbackSubtype": None, **numbers})
    assert tomllib.loads(text)["targets"][imported[0].name]["type"] == kind.name
    if kind.ends:
        assert kind.ends.split()[0] in text
    assert imported[0].name == kind.name.rpartition("/")[2]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channel": "EMAIL", "url": None}, "it sends e-mail"),
        ({"channel": "PIGEON"}, "does not know its channel PIGEON"),
        ({"callbackType": 7}, "does not know its type (callbackType 7, callbackSubtype 2)"),
        ({"callbackType": True}, "does not know its type (callbackType that is not a text"),
        ({"callbackSubtype": None}, "does not know its type"),
        ({"url": None}, "it has no URL"),
        ({"url": f"https://user:{TOKEN}@exa mple.com/"}, "its URL cannot be called"),
        ({"url": f"https://[::1/?token={TOKEN}"}, "its URL cannot be called"),
        ({"httpMethod": "PATCH"}, "its method is not GET, POST or PUT"),
        ({"headers": [1]}, "its headers cannot be read"),
        ({"headers": {"X-Key": {"a": 1}}}, "its headers cannot be read"),
        ({"bodyTemplate": "\ud800"}, "text that is not Unicode"),
        ({"bodyTemplate": "@/etc/passwd", "contentType": "text/plain"}, "its body begins with @"),
        ({"bodyTemplate": "a\x1cb"}, "control characters"),
        ({"bodyTemplate": "a" * 100_001}, "it has a template of more than 100000 characters"),
        ({"bodyTemplate": " ".join(f"x{n}y{n}zzzz" for n in range(60))}, "it has more than 50 places"),
    ],
)
def test_what_is_left_out(changes, said):
    """A callback that cannot be a target is left out with a word, and its secrets with it."""
    text, imported, (left,) = made({**UPLINK, **changes})
    assert imported == []
    assert said in left.why
    assert said.split("(")[0].strip() in " ".join(text.replace("#", " ").split())
    assert TOKEN not in text


def test_secrets_become_variables():
    """Login, path, query, headers and members of the body are replaced, and each variable is listed with its place."""
    callback = {
        **UPLINK,
        "url": f"https://bot:{TOKEN}1@callbacks.example.com/hook/{TOKEN}2/x?id={{device}}&token={TOKEN}3&plain=on",
        "headers": {"X-Tenant": "acme", "X-Device": "{device}"},
        "bodyTemplate": f'{{"device":"{{device}}","apiKey":"{TOKEN}4","pin":{{"password":123456}},"kind":"tracker"}}',
    }
    text, _, _ = made(callback)
    assert tomllib.loads(text)["targets"]["uplink"] == {
        "url": "https://${UPLINK_LOGIN}@callbacks.example.com/hook/${UPLINK_PATH}/x"
        "?id={device}&token=${UPLINK_TOKEN}&plain=on",
        "type": "data/uplink",
        "method": "POST",
        "content_type": "application/json",
        "body": '{"device":"{device}","apiKey":"${UPLINK_API_KEY}","pin":{"password":${UPLINK_PASSWORD}},'
        '"kind":"tracker"}',
        "headers": {"X-Tenant": "${UPLINK_X_TENANT}", "X-Device": "{device}"},
    }
    assert TOKEN not in text
    assert "#   UPLINK_API_KEY: the value of apiKey in the body of uplink" in text
    assert held_by(callback)["UPLINK_LOGIN"] == f"bot:{TOKEN}1"


@pytest.mark.parametrize("scheme", ["Bearer", "Basic", "Token"])
def test_the_scheme_of_an_authorization_stays(scheme):
    """A reader sees how the receiver is logged in to, and not with what."""
    assert target(headers={"Authorization": f"{scheme} {TOKEN}"})["headers"] == {
        "Authorization": f"{scheme} ${{UPLINK_AUTHORIZATION}}"
    }


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", f"device={{device}}&password={TOKEN}"),
        ("application/x-www-form-urlencoded", f"device={{device}}&x={TOKEN}"),
        ("text/plain", f"{{device}};{TOKEN}"),
        ("text/plain", "{device} token: opensesame"),
        ("text/plain", "<token>opensesame</token>"),
        ("application/json", '{"back":"https://bot:opensesame@a.example.com/"}'),
        ("application/json", '{"auth":["opensesame"]}'),
        ("application/json", f'{{"any":"{TOKEN}"}}'),
    ],
)
def test_secrets_of_bodies(kind, body):
    """A secret of a form, of a text and of JSON is found by its name or its looks."""
    text, _, _ = made({**UPLINK, "contentType": kind, "bodyTemplate": body})
    assert TOKEN not in text
    assert "opensesame" not in text


def test_a_secret_is_replaced_wherever_it_stands():
    """What is a secret at one place of a callback is one at every other place of it, behind a dollar sign too."""
    body = '{"a":"noblueberry","b":"$blueberry","c":"{blueberry}"}'
    callback = {**UPLINK, "headers": {"X-Key": "blueberry"}, "bodyTemplate": body}
    text, _, _ = made(callback)
    assert "blueberry" not in text.replace("{blueberry}", "")
    assert config_of(text, held_by(callback)).body == callback["bodyTemplate"]


def test_what_only_looks_like_a_variable_is_escaped():
    """`${NAME}` and `${device}` of a template reach the receiver as they are."""
    body = '{"a":"${HOME}","b":"$${HOME}","c":"${device}","d":"$ {x}"}'
    text, _, _ = made({**UPLINK, "bodyTemplate": body, "headers": {"X-A": "${A}-{device}"}})
    config = config_of(text, {"UPLINK_X_A": "${A}-"})
    assert config.body == body
    assert config.header == ("X-A: ${A}-{device}",)


def test_names_are_unique_valid_and_speak():
    """A target is called after its device type and its type; two of a kind get numbers, and so do variables."""
    callbacks = {"callbacks": {"data": [{**UPLINK, "headers": {"X": TOKEN}}] * 2}}
    long = {"id": "a" * 24, "name": "Température des réfrigérateurs " * 9, **callbacks}
    odd = {"id": "123abc", "name": "☃", **callbacks}
    _, imported, _ = made(long, odd, {"name": "sigcheck", **callbacks})
    names = [each.name for each in imported]
    assert names[0].startswith("temperature-des-refrigerateurs-")
    assert max(map(len, names)) <= 64
    assert names[2:] == ["uplink", "uplink-2", "sigcheck-uplink", "sigcheck-uplink-2"]
    variables = [each.name for one in imported for each in one.variables]
    assert len(set(variables)) == len(variables) == 6
    assert variables[4:] == ["SIGFOX_SIGCHECK_UPLINK_X", "SIGFOX_SIGCHECK_UPLINK_2_X"]


def test_disabled_callbacks_are_commented_out():
    """`verify --all` does not call what the Cloud does not call; dead ones are called, and marked."""
    text, imported, _ = made({**UPLINK, "enabled": False}, {**UPLINK, "dead": True})
    assert list(tomllib.loads(text)["targets"]) == ["uplink-2"]
    assert imported[0].off == "it is disabled in the portal"
    assert "# [targets.uplink]\n" in text
    assert "# Its last use failed: the API calls it dead.\n[targets.uplink-2]" in text
    assert "commented out: uplink, because it is disabled in the portal" in summary(imported, [])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bodyTemplate": '{"a":{nonsense}}'}, "nonsense"),
        ({"headers": {"Cookie": "a=b"}}, "Cookie"),
        ({"contentType": "text/xml"}, "content_type: the portal has no such type as 'text/xml'"),
        ({"bodyTemplate": "a=b"}, "the body is a form"),
        ({"headers": {"@x": "1"}}, "@x"),
        ({"url": f"https://a:{TOKEN}@b.example.com/", "headers": {"Authorization": f"Basic {TOKEN}"}}, "login"),
    ],
)
def test_what_sigcheck_cannot_send_is_commented_out(changes, said):
    """A callback that sigcheck would refuse is no target, so that the rest of the file can be used; it says why."""
    text, (imported,), _ = made({**UPLINK, **changes}, check=problem_of)
    assert imported.off.startswith("sigcheck cannot send it as it is: ")
    assert said in imported.off
    assert "targets" not in tomllib.loads(text)
    assert TOKEN not in text


def test_a_post_that_says_all_in_its_url():
    """A form without a body, the portal's default for POST, is sent with an empty one."""
    callback = {**UPLINK, "url": "https://a.example.com/?id={device}&t={time}", "contentType": None, "bodyTemplate": ""}
    text, (imported,), _ = made(callback, check=problem_of)
    assert imported.off == ""
    config = config_of(text)
    assert (config.method, config.content_type, config.body) == ("POST", "application/x-www-form-urlencoded", "")
    assert "the portal's default" in " ".join(text.replace("#", " ").split())


def test_a_get_has_neither_body_nor_content_type():
    """The API lists a content type for GET callbacks, too; the portal sends none."""
    found = target(httpMethod="GET", url="https://a.example.com/?id={device}")
    assert set(found) == {"url", "type", "method"}


def test_payload_configurations():
    """A payload configuration is taken over if its type has one and it can be read; else it is left out with a word."""
    assert target(payloadConfig="int1::uint:8 flag::bool:7")["payload_config"] == "int1::uint:8 flag::bool:7"
    text, _, _ = made({**UPLINK, "payloadConfig": "int1::decimal:8"})
    assert "Its payload configuration is left out: field 'int1' has an unknown type." in text
    text, _, _ = made({**UPLINK, "payloadConfig": "int1::uint:8", "callbackType": 1, "callbackSubtype": 4})
    assert "service/acknowledge callbacks have no custom variables" in text


@pytest.mark.parametrize("said", [False, "false", "False"])
def test_no_server_name(said):
    """sendSni=false is a setting, as a boolean or as a word, and says nothing of plain http."""
    assert target(sendSni=said)["no_sni"] is True
    for other in ({"sendSni": True}, {"sendSni": "true"}, {"sendSni": None}, {"sendSni": said, "url": "http://a.b/"}):
        assert "no_sni" not in target(**other)


@pytest.mark.parametrize(("hook", "said"), [("true", "It is the callback"), ("false", "It is not the callback")])
def test_a_downlink_hook_as_a_word(hook, said):
    """An export that writes booleans as words says as much."""
    text, _, _ = made({**UPLINK, "callbackSubtype": 3, "downlinkHook": hook})
    assert f"# {said} that the device type's downlinks are asked of" in text


@pytest.mark.parametrize("word", ["device", "data", "uplink"])
def test_a_secret_may_be_a_word_of_ours(word):
    """A key that is called like a variable does not make the variable of the body an unknown one."""
    _, (imported,), _ = made({**UPLINK, "headers": {"X-Key": word}}, check=problem_of)
    assert imported.off == ""
    changes = {"headers": {"X-Key": word}, "bodyTemplate": '{"device":"{device}","t":{data},"x":{nonsense}}'}
    _, (wrong,), _ = made({**UPLINK, **changes}, check=problem_of)
    assert "the body has the variable {nonsense}, which" in wrong.off


def test_words_of_a_variable_name():
    """Capitals that are an abbreviation stay together."""
    (key,) = held_by({**UPLINK, "url": "https://a.example.com/?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE"})
    assert key == "UPLINK_AWS_ACCESS_KEY_ID"


def test_batches():
    """A batch has its line pattern, and without one it is commented out."""
    batch = {**UPLINK, "channel": "BATCH_URL", "linePattern": "{device};{time};{data};", "bodyTemplate": None,
             "url": "https://a.example.com/?batch={batch}"}  # fmt: skip
    text, (imported,), _ = made(batch)
    assert 'line_pattern = "{device};{time};{data};"' in text
    assert imported.off == ""
    _, (without,), _ = made({**batch, "linePattern": None})
    assert without.off


def test_the_first_api_is_understood():
    """The URL may be called urlPattern; sendDuplicate is a word above the target."""
    old = {key: value for key, value in UPLINK.items() if key != "url"}
    text, _, _ = made({**old, "urlPattern": "https://a.example.com/", "sendDuplicate": True})
    assert tomllib.loads(text)["targets"]["uplink"]["url"] == "https://a.example.com/"
    assert "sendDuplicate" in text


ANSWER = {"data": [UPLINK]}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (json.dumps(ANSWER), ["uplink"]),
        (json.dumps([UPLINK]), ["uplink"]),
        (json.dumps(UPLINK), ["uplink"]),
        (json.dumps([ANSWER, ANSWER]), ["uplink", "uplink-2"]),
        (json.dumps(ANSWER) + "\n" + json.dumps(ANSWER), ["uplink", "uplink-2"]),
        (json.dumps({"5a": ANSWER, "5b": ANSWER}), ["5a-uplink", "5b-uplink"]),
        (json.dumps({"data": [{"id": "5a", "name": "Bins", "callbacks": ANSWER}]}), ["bins-uplink"]),
        ("\ufeff" + json.dumps(ANSWER), ["uplink"]),
    ],
)
def test_shapes_of_files(text, names):
    """One answer, several, a list, one callback, and device types with theirs are all read."""
    imported, _ = import_all(read_definitions(text.encode(), "it"), lambda *_: None)
    assert [each.name for each in imported] == names


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"7", b"[]", b'{"data":[]}', b"\xff", b"[" * 99_999, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_files_that_have_no_callbacks(raw):
    """What is no answer of the API is a usage problem."""
    with pytest.raises(UsageProblem):
        read_definitions(raw, "it")


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ALPHABET = string.ascii_letters + string.digits + "{}$#:;&=?/'\"\\ \n@%.,[]<>\u00e9\u202e\U0001f600"
TEMPLATES = st.lists(
    st.sampled_from(["{device}", "{data}", "{customData#a_b}", "${HOME}", "$$", "token=", '"key":"', "://", "@"])
    | st.text(ALPHABET, max_size=6),
    max_size=8,
).map("".join)  # fmt: skip
PLACES = (
    "https://user:{}@h.example.com/",
    "https://h.example.com/?token={}",
    "https://h.example.com/?a={{device}}&sig={}",
)


def a_callback(values):
    """Make a strategy of callbacks whose members are of these values."""
    return st.fixed_dictionaries(
        {"callbackType": st.sampled_from([0, 1, 2]) | values, "url": values},
        optional=dict.fromkeys(
            ("id", "channel", "callbackSubtype", "enabled", "dead", "httpMethod", "contentType", "bodyTemplate",
             "payloadConfig", "linePattern", "headers", "sendSni", "downlinkHook"), values,
        ),
    )  # fmt: skip


@settings(max_examples=60)
@given(JSONS | st.lists(a_callback(JSONS), max_size=3) | st.fixed_dictionaries({"data": st.lists(a_callback(JSONS))}))
def test_no_answer_crashes(answer):
    """Whatever the API answers, the file is TOML that sigcheck reads without a complaint."""
    imported, left = import_all(definitions_in(answer), problem_of)
    file = read_text(document(imported, left), "it")
    assert file.problems == ()
    assert set(file.targets) == {each.name for each in imported if not each.off}
    assert all(line.isprintable() for line in summary(imported, left))


@settings(max_examples=150)
@given(
    TEMPLATES, TEMPLATES, st.sampled_from(["https://h.example.com/a?id={device}&", "https://h.example.com/"]), TEMPLATES
)
def test_what_is_written_is_read_back(body, header, url, tail):
    """A target that is read with its variables set has the very values of the callback."""
    tail = "".join(each for each in tail if each not in " \n#\u202e\U0001f600\u00e9")
    header = "".join(each for each in header if each.isascii() and each.isprintable()).strip()
    callback = {**UPLINK, "url": url + tail, "bodyTemplate": body, "contentType": "text/plain",
                "headers": {"X-One": header}}  # fmt: skip
    held = {}
    imported, left = import_all(definitions_in([callback]), lambda _, given: held.update(given))
    if left:
        return
    config = config_of(document(imported, left), held)
    assert config.url == url + tail
    assert config.body == body
    assert config.header == (f"X-One: {header}",)


@settings(max_examples=60)
@given(
    st.text(string.ascii_letters + string.digits, min_size=10, max_size=30),
    st.sampled_from(PLACES),
    st.sampled_from(['{{"password":"{}"}}', "token={}&a=1", "{{device}} secret: {}", '{{"x":{{"apiKey": "{}"}}}}']),
    st.sampled_from(["Bearer {}", "{}", "Digest x={}"]),
)
def test_no_secret_is_written(secret, url, body, header):
    """A secret at any of its places stands neither in the file nor in what is said of it."""
    word = f"q{secret}9"
    callback = {**UPLINK, "id": "1", "url": url.format(word), "bodyTemplate": body.format(word),
                "contentType": "text/plain", "headers": {"X-One": header.format(word)}}  # fmt: skip
    imported, left = import_all(definitions_in([callback]), problem_of)
    text = document(imported, left) + "\n".join(summary(imported, left))
    assert word.lower() not in text.lower()
