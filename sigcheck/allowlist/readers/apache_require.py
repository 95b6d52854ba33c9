"""Would Apache load it: Require and its sections (mod_authz_core and the modules that answer for it)."""

import itertools
import re

from sigcheck.allowlist.readers.apache_syntax import Entry
from sigcheck.allowlist.readers.apache_words import METHODS, address_remedy, no_network, wrong
from sigcheck.allowlist.readers.refusal import Spelling, quoted

# The providers of Apache's own modules; others have their own (mod_shib, mod_auth_openidc, …).
PROVIDERS = frozenset(
    """all dbd-group dbd-login dbd-logout dbm-file-group dbm-group env expr file-group file-owner forward-dns group
    host ip ldap-attribute ldap-dn ldap-filter ldap-group ldap-search ldap-user local method user
    valid-user""".split()  # noqa: SIM905 - a list a line long is no better read
)
SPELLING = Spelling(sorted(PROVIDERS), shortest=2)
# Words that may stand in a Require line, and name no provider.
NONE = frozenset({"granted", "denied", "from", "require"})
AND = "requireall"


def require(entry: Entry, around: str) -> None:
    """Look at one Require line inside a section of that name. Raises WouldNotLoad."""
    words = entry.words
    negative = bool(words) and words[0].lower() == "not"
    words = words[1:] if negative else words
    if not words:
        raise wrong(entry, "Require says nothing", "write Require ip and the networks, or Require all granted")
    provider, arguments = words[0], words[1:]
    if provider not in PROVIDERS:
        _refuse_stranger(entry, provider)
        return
    match provider:
        case "all":
            if len(arguments) != 1 or arguments[0].lower() not in {"granted", "denied"}:
                raise wrong(entry, "Require all is followed by granted or denied", "write Require all granted")
        case "ip":
            if not arguments:
                raise wrong(entry, "Require ip names no address", "write Require ip and the networks")
            for text in itertools.takewhile(bool, arguments):
                if why := no_network(text):
                    raise wrong(entry, f"{quoted(text)} {why}", address_remedy(text))
        case "method":
            for text in arguments:
                meant = text.strip(",;").upper()
                if text != meant and meant in METHODS:
                    raise wrong(entry, f"there is no method {quoted(text)}", f"write {meant}")
        case _:
            pass
    if negative and around != AND:
        fix = "put it into <RequireAll>, next to what admits"
        raise wrong(entry, "Require not has no effect outside of <RequireAll>", fix)


def _refuse_stranger(entry: Entry, provider: str) -> None:
    if provider.lower() in PROVIDERS:
        raise wrong(entry, f"Require does not know {quoted(provider)}", f"write it in lower case: {provider.lower()}")
    if no_network(provider) is None:
        raise wrong(entry, f"Require does not know {quoted(provider)}", f"write Require ip {provider}")
    apart = re.fullmatch(rf"(all|not|{'|'.join(sorted(PROVIDERS))})(granted|denied|[0-9].*|.*)", provider)
    if apart and (apart[2] in PROVIDERS or apart[2] in {"granted", "denied"} or apart[2][:1].isdigit()):
        raise wrong(entry, f"Require does not know {quoted(provider)}", f"write Require {apart[1]} {apart[2]}")
    joined = provider + "".join(entry.words[entry.words.index(provider) + 1 :][:1])
    if meant := joined if joined in PROVIDERS else SPELLING.meant(provider):
        raise wrong(entry, f"Require does not know {quoted(provider)}", f"write {meant}")
    if not provider.replace("-", "a").replace("_", "a").isalnum() or provider.lower() in NONE or provider in METHODS:
        raise wrong(entry, f"Require does not know {quoted(provider)}", "write Require ip, Require all, …")


def container(entry: Entry, outer: str, *, htaccess: bool) -> None:
    """Look at a whole section, inside one of the name `outer`. Raises WouldNotLoad for one without effect."""
    inner = [each for each in entry.entries or () if each.name.startswith("require")]
    if any(not each.sure for each in inner):
        return  # what it holds depends on modules
    if not inner and not any(each.name in {"include", "includeoptional", "use"} for each in entry.entries or ()):
        raise wrong(entry, "the section contains no Require", "write what is required, or remove the section")
    if entry.name == "requirenone" and outer != AND:
        raise wrong(entry, "<RequireNone> has no effect here", "put it into <RequireAll>, next to what admits")
    if entry.name == AND and not htaccess and inner and not any(_positive(each) for each in inner):
        raise wrong(entry, "<RequireAll> contains only refusals", "add what admits, such as Require all granted")


def _positive(entry: Entry) -> bool:
    return entry.name != "requirenone" and not (entry.words and entry.words[0].lower() == "not")
