"""What the words mean that a report, the portal or a person says: data, from which pages are written as well."""

from sigcheck.glossary.clients import CLIENTS, PORTAL
from sigcheck.glossary.codes import CODES
from sigcheck.glossary.entry import Entry
from sigcheck.glossary.sayings import SAYINGS
from sigcheck.glossary.symptoms import SYMPTOMS
from sigcheck.glossary.terms import TERMS
from sigcheck.glossary.verdicts import VERDICTS

GLOSSARY: tuple[Entry, ...] = (*CODES, *PORTAL, *SAYINGS, *CLIENTS, *SYMPTOMS, *VERDICTS, *TERMS)
"""Every entry. In a longer text, the first that has a phrase in it explains it: the specific ones come first."""
