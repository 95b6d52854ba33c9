"""What the words mean that a report, the portal or a person says: data, from which pages are written as well."""

from sigcheck.glossary.alerts import ALERTS
from sigcheck.glossary.clients import CLIENTS, PORTAL
from sigcheck.glossary.codes import CODES
from sigcheck.glossary.commands import COMMANDS
from sigcheck.glossary.entry import Entry
from sigcheck.glossary.logs import LOGS
from sigcheck.glossary.portal_words import WORDS
from sigcheck.glossary.sayings import SAYINGS
from sigcheck.glossary.symptoms import SYMPTOMS
from sigcheck.glossary.terms import TERMS
from sigcheck.glossary.verdicts import VERDICTS

GLOSSARY: tuple[Entry, ...] = (
    *CODES,
    *LOGS,
    *ALERTS,
    *PORTAL,
    *SAYINGS,
    *CLIENTS,
    *SYMPTOMS,
    *VERDICTS,
    *TERMS,
    *WORDS,
    *COMMANDS,
)
"""Every entry. In a longer text, the first that has a phrase in it explains it: the specific ones come first."""
