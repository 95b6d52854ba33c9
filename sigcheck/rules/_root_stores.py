"""When the youngest roots of certifi came into root stores, as far as public material says. Data, and no judgement.

Young is a root whose validity, or whose place in certifi, began within the eight years before READ.
"""

# ruff: noqa: E501 - a table at the end: one root a line
from enum import StrEnum

from msgspec import Struct

READ = "2026-11-26"
"""The day on which the sources were read (ISO date)."""

YOUNG_YEARS = 8


class Store(StrEnum):
    """A root store, as it is called in sentences."""

    JDK = "OpenJDK 17"
    CERTIFI = "certifi"
    ANDROID = "Android"
    WINDOWS = "Windows"
    APPLE = "Apple's systems"


class Certainty(StrEnum):
    """How sure an entry is."""

    PUBLISHED = "published"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """What is known of a root's place in a store."""

    SINCE = "since a version"
    INCLUDED = "included, since when was not found"
    ABSENT = "not found in it"
    UNKNOWN = "nothing was found"


class Entry(Struct, frozen=True):
    """One root in one store. `since` is the version; `month` the month in which it came out (YYYY-MM), where known."""

    standing: Standing
    certainty: Certainty
    source: str
    since: str = ""
    month: str = ""


class Cross(Struct, frozen=True):
    """A certificate of the same root that an older root signed. `how` says how a server comes to send it."""

    signer: str
    certainty: Certainty
    source: str
    how: str


class Root(Struct, frozen=True):
    """A young root: its name, SHA-256, the day on which its validity began, and what is known of it."""

    name: str
    sha256: str
    begins: str
    stores: dict[Store, Entry]
    cross: Cross | None = None


def _since(version: str, month: str, certainty: Certainty, source: str) -> Entry:
    return Entry(Standing.SINCE, certainty, source, version, month)


PUBLISHED, INFERRED = Certainty.PUBLISHED, Certainty.INFERRED
UNKNOWN = Entry(Standing.UNKNOWN, Certainty.UNKNOWN, "")
_PULL = "https://github.com/openjdk/"

# Published: the pull request or the release notes name the update. Inferred: by the repository that took the change,
# and by the day on which it did; updates of JDK 17 come out in January, April, July and October.
JDK_X2 = _since("17.0.10", "2024-01", PUBLISHED, f"{_PULL}jdk17u-dev/pull/1950")
JDK_G5 = _since("17.0.10", "2024-01", PUBLISHED, f"{_PULL}jdk17u-dev/pull/1967")
JDK_TELIA = _since("17.0.10", "2024-01", PUBLISHED, "https://github.com/lucimber/meta-openjdk-temurin/pull/35")
JDK_CERTIGNA = _since("17.0.7", "2023-04", INFERRED, f"{_PULL}jdk11u-dev/pull/1775")
JDK_MICROSOFT = _since("17.0.8", "2023-07", INFERRED, f"{_PULL}jdk17u-dev/pull/1349")
JDK_GTS = _since("17.0.9", "2023-10", INFERRED, f"{_PULL}jdk17u-dev/pull/1335")
JDK_CERTAINLY = _since("17.0.11", "2024-04", INFERRED, f"{_PULL}jdk17u-dev/pull/2217")
JDK_GLOBALSIGN = _since("17.0.12", "2024-07", INFERRED, f"{_PULL}jdk17u-dev/pull/2479")
JDK_SSL_COM = _since("17.0.13", "2024-10", INFERRED, f"{_PULL}jdk17u/pull/401")
JDK_SECTIGO = _since("17.0.16", "2025-07", INFERRED, f"{_PULL}jdk17u/pull/407")
_OPENJDK_FILES = f"{_PULL}jdk/tree/master/src/java.base/share/data/cacerts"
JDK_CERTUM = Entry(Standing.INCLUDED, PUBLISHED, _OPENJDK_FILES)
NOT_IN_OPENJDK = Entry(Standing.ABSENT, INFERRED, _OPENJDK_FILES)

CERTIFI_HISTORY = "https://github.com/certifi/python-certifi/commits/master/certifi/cacert.pem"

_SECTIGO = "https://www.sectigo.com/knowledge-base/detail/Sectigo-Public-Root-CAs-Migration"
_RESELLER = "https://www.sslmentor.com/help/ssl-info-roots"
_GOOGLE = "https://pki.goog/updates/march2025-alternate-chains.html"
_CERTUM = "https://support.certum.eu/en/technical-news/certum-implements-new-root-cas"
ANDROID_14 = _since("14", "", INFERRED, _RESELLER)
SECTIGO_ELSEWHERE = {
    Store.ANDROID: ANDROID_14,
    Store.WINDOWS: Entry(Standing.INCLUDED, PUBLISHED, _SECTIGO),
    Store.APPLE: Entry(Standing.INCLUDED, PUBLISHED, _SECTIGO),
}
CERTUM_ELSEWHERE = {Store.ANDROID: ANDROID_14}
GTS_ELSEWHERE = dict.fromkeys((Store.ANDROID, Store.WINDOWS, Store.APPLE), Entry(Standing.INCLUDED, INFERRED, _GOOGLE))

X2_BY_X1 = Cross(
    "ISRG Root X1",
    PUBLISHED,
    "https://letsencrypt.org/certificates/",
    "renew with certbot --preferred-chain 'ISRG Root X1'",
)
R1_BY_GLOBALSIGN = Cross("GlobalSign Root CA", PUBLISHED, _GOOGLE, "choose the default chain of the ACME server")
R4_BY_GLOBALSIGN = Cross("GlobalSign Root CA", INFERRED, _GOOGLE, "choose the default chain of the ACME server")
_HIERARCHY = "https://www.sectigo.com/knowledge-base/detail/Sectigo-new-Public-Roots-and-Issuing-CAs-Hierarchy"
_APPEND = "append it to the file that the server sends, after the intermediates"
E46_BY_USERTRUST = Cross("USERTrust ECC Certification Authority", INFERRED, _HIERARCHY, _APPEND)
R46_BY_USERTRUST = Cross("USERTrust RSA Certification Authority", INFERRED, _HIERARCHY, _APPEND)
CERTUM_BY_CTN = Cross("Certum Trusted Network CA", INFERRED, _CERTUM, _APPEND)


def _root(
    name: str,
    sha256: str,
    begins: str,
    certifi: str,
    jdk: Entry,
    *,
    cross: Cross | None = None,
    elsewhere: dict[Store, Entry] | None = None,
) -> Root:
    """Put an entry together. `certifi` is the release that first had this certificate, and so its day."""
    month = "-".join(certifi.split(".")[:2])
    stores = {Store.JDK: jdk, Store.CERTIFI: _since(certifi, month, PUBLISHED, CERTIFI_HISTORY)}
    stores |= {each: (elsewhere or {}).get(each, UNKNOWN) for each in (Store.ANDROID, Store.WINDOWS, Store.APPLE)}
    return Root(name, sha256, begins, stores, cross)


YOUNG = (
    _root("GlobalSign ECC Root CA - R4", "b085d70b964f191a73e4af0d54ae7a0e07aafdaf9b71dd0862138ab7325a24a2", "2012-11-13", "2022.05.18", JDK_GTS),
    _root("Certigna Root CA", "d48d3d23eedb50a459e55197601c27774b9d7b18c94d5a059511a10250b93168", "2013-10-01", "2018.10.15", JDK_CERTIGNA),
    _root("Autoridad de Certificacion Firmaprofesional CIF A62634068", "57de0583efd2b26e0361da99da9df4648def7ee8441c3b728afa9bcde0f9b26a", "2014-09-23", "2022.05.18", NOT_IN_OPENJDK),
    _root("UCA Extended Validation Root", "d43af9b35473755c9684fc06d7d8cb70ee5c28e773fb294eb41ee71722924d24", "2015-03-13", "2018.10.15", NOT_IN_OPENJDK),
    _root("UCA Global G2 Root", "9bea11c976fe014764c1be56a6f914b5a560317abd9988393382e5161aa0493c", "2016-03-11", "2018.10.15", NOT_IN_OPENJDK),
    _root("Security Communication ECC RootCA1", "e74fbda55bd564c473a36b441aa799c8a68e077440e8288b9fa1e50e4bbaca11", "2016-06-16", "2022.09.14", NOT_IN_OPENJDK),
    _root("GTS Root R1", "d947432abde7b7fa90fc2e6b59101b1280e0e1c7e4e40fa3c6887fff57a7f4cf", "2016-06-22", "2022.05.18", JDK_GTS, cross=R1_BY_GLOBALSIGN, elsewhere=GTS_ELSEWHERE),
    _root("GTS Root R3", "34d8a73ee208d9bcdb0d956520934b4e40e69482596e8b6f73c8426b010a6f48", "2016-06-22", "2022.05.18", JDK_GTS, elsewhere=GTS_ELSEWHERE),
    _root("GTS Root R4", "349dfa4058c5e263123b398ae795573c4e1313c83fe68f93556cd5e8031b3c7d", "2016-06-22", "2022.05.18", JDK_GTS, cross=R4_BY_GLOBALSIGN, elsewhere=GTS_ELSEWHERE),
    _root("certSIGN ROOT CA G2", "657cfe2fa73faa38462571f332a2363a46fce7020951710702cdfbb6eeda3305", "2017-02-06", "2020.06.20", NOT_IN_OPENJDK),
    _root("Hongkong Post Root CA 3", "5a2fc03f0c83b090bbfa40604b0988446c7636183df9846e17101a447fb8efd6", "2017-06-03", "2019.03.09", NOT_IN_OPENJDK),
    _root("NAVER Global Root Certification Authority", "88f438dcf8ffd1fa8f429115ffe5f82ae1e06e0c70c375faad717b34a49e7265", "2017-08-18", "2020.12.05", NOT_IN_OPENJDK),
    _root("e-Szigno Root CA 2017", "beb00b30839b9bc32c32e4447905950641f26421b15ed089198b518ae2ea1b99", "2017-08-22", "2020.06.20", NOT_IN_OPENJDK),
    _root("Certum Trusted Root CA", "fe7696573855773e37a95e7ad4d9cc96c30157c15d31765ba9b15704e1ae78fd", "2018-03-16", "2021.05.30", JDK_CERTUM, cross=CERTUM_BY_CTN, elsewhere=CERTUM_ELSEWHERE),
    _root("Certum EC-384 CA", "6b328085625318aa50d173c98d8bda09d57e27413d114cf787a0f5d06c030cf6", "2018-03-26", "2021.05.30", JDK_CERTUM, cross=CERTUM_BY_CTN, elsewhere=CERTUM_ELSEWHERE),
    _root("vTrus ECC Root CA", "30fbba2c32238e2a98547af97931e550428b9b3f1c8eeb6633dcfa86c5b27dd3", "2018-07-31", "2022.05.18", NOT_IN_OPENJDK),
    _root("vTrus Root CA", "8a71de6559336f426c26e53880d00d88a18da4c6a91f0dcb6194e206c5c96387", "2018-07-31", "2022.05.18", NOT_IN_OPENJDK),
    _root("Telia Root CA v2", "242b69742fcb1e5b2abf98898b94572187544e5b4d9911786573621f6a74b82c", "2018-11-29", "2022.05.18", JDK_TELIA),
    _root("AC RAIZ FNMT-RCM SERVIDORES SEGUROS", "554153b13d2cf9ddb753bfbe1a4e0ae08d0aa4187058fe60a2b862b2e4b87bcb", "2018-12-20", "2021.05.30", NOT_IN_OPENJDK),
    _root("HiPKI Root CA - G1", "f015ce3cc239bfef064be9f1d2c417e1a0264a0a94be1f0c8d121864eb6949cc", "2019-02-22", "2022.05.18", NOT_IN_OPENJDK),
    _root("GlobalSign Root E46", "cbb9c44d84b8043e1050ea31a69f514955d7bfd2e2c6b49301019ad61d9f5058", "2019-03-20", "2021.05.30", JDK_GLOBALSIGN),
    _root("GlobalSign Root R46", "4fa3126d8d3a11d1c4855a4f807cbad6cf919d3a5a88b03bea2c6372d93c40c9", "2019-03-20", "2021.05.30", JDK_GLOBALSIGN),
    _root("TunTrust Root CA", "2e44102ab58cb85419451c8e19d9acf3662cafbc614b6a53960a30f7d0e2eb41", "2019-04-26", "2021.10.08", NOT_IN_OPENJDK),
    _root("ANF Secure Server Root CA", "fb8fec759169b9106b1e511644c618c51304373f6c0643088d8beffd1b997599", "2019-09-04", "2021.05.30", NOT_IN_OPENJDK),
    _root("Microsoft ECC Root Certificate Authority 2017", "358df39d764af9e1b766e9c972df352ee15cfac227af6ad1d70e8e4a6edcba02", "2019-12-18", "2020.06.20", JDK_MICROSOFT),
    _root("Microsoft RSA Root Certificate Authority 2017", "c741f70f4b2a8d88bf2e71c14122ef53ef10eba0cfa5e64cfa20f418853073e0", "2019-12-18", "2020.06.20", JDK_MICROSOFT),
    _root("BJCA Global Root CA1", "f3896f88fe7c0a882766a7fa6ad2749fb57a7f3e98fb769c1fa7b09c2c44d5ae", "2019-12-19", "2023.05.07", NOT_IN_OPENJDK),
    _root("BJCA Global Root CA2", "574df6931e278039667b720afdc1600fc27eb66dd3092979fb73856487212882", "2019-12-19", "2023.05.07", NOT_IN_OPENJDK),
    _root("D-TRUST BR Root CA 1 2020", "e59aaa816009c22bff5b25bad37df306f049797c1f81d85ab089e657bd8f0044", "2020-02-11", "2022.05.18", NOT_IN_OPENJDK),
    _root("D-TRUST EV Root CA 1 2020", "08170d1aa36453901a2f959245e347db0c8d37abaabc56b81aa100dc958970db", "2020-02-11", "2022.05.18", NOT_IN_OPENJDK),
    _root("SecureSign Root CA14", "4b009c1034494f9ab56bba3ba1d62731fc4d20d8955adcec10a925607261e338", "2020-04-08", "2024.08.30", NOT_IN_OPENJDK),
    _root("SecureSign Root CA15", "e778f0f095fe843729cd1a0082179e5314a9c291442805e1fb1d8fb6b8886c3a", "2020-04-08", "2024.08.30", NOT_IN_OPENJDK),
    _root("Telekom Security TLS ECC Root 2020", "578af4ded0853f4e5998db4aeaf9cbea8d945f60b620a38d1a3c13b2bc7ba8e1", "2020-08-25", "2024.02.02", NOT_IN_OPENJDK),
    _root("ISRG Root X2", "69729b8e15a86efc177a57afb7171dfc64add28c2fca8cf1507e34453ccb1470", "2020-09-04", "2022.05.18", JDK_X2, cross=X2_BY_X1),
    _root("DigiCert TLS ECC P384 Root G5", "018e13f0772532cf809bd1b17281867283fc48c6e13be9c69812854a490c1b05", "2021-01-15", "2022.06.15", JDK_G5),
    _root("DigiCert TLS RSA4096 Root G5", "371a00dc0533b3721a7eeb40e8419e70799d2b0a0f2c1d80693165f7cec4ad75", "2021-01-15", "2022.06.15", JDK_G5),
    _root("HARICA TLS ECC Root CA 2021", "3f99cc474acfce4dfed58794665e478d1547739f2e780f1bb4ca9b133097d401", "2021-02-19", "2021.10.08", NOT_IN_OPENJDK),
    _root("HARICA TLS RSA Root CA 2021", "d95d0e8eda79525bf9beb11b14d2100d3294985f0c62d9fabd9cd999eccb7b1d", "2021-02-19", "2021.10.08", NOT_IN_OPENJDK),
    _root("Sectigo Public Server Authentication Root E46", "c90f26f0fb1b4018b22227519b5ca2b53e2ca5b3be5cf18efe1bef47380c5383", "2021-03-22", "2023.07.22", JDK_SECTIGO, cross=E46_BY_USERTRUST, elsewhere=SECTIGO_ELSEWHERE),
    _root("Sectigo Public Server Authentication Root R46", "7bb647a62aeeac88bf257aa522d01ffea395e0ab45c73f93f65654ec38f25a06", "2021-03-22", "2023.07.22", JDK_SECTIGO, cross=R46_BY_USERTRUST, elsewhere=SECTIGO_ELSEWHERE),
    _root("Certainly Root E1", "b4585f22e4ac756a4e8612a1361c5d9d031a93fd84febb778fa3068b0fc42dc2", "2021-04-01", "2022.06.15", JDK_CERTAINLY),
    _root("Certainly Root R1", "77b82cd8644c4305f7acc5cb156b45675004033d51c60c6202a8e0c33467d3a0", "2021-04-01", "2022.06.15", JDK_CERTAINLY),
    _root("Atos TrustedRoot Root CA ECC TLS 2021", "b2fae53e14ccd7ab9212064701ae279c1d8988facb775fa8a008914e663988a8", "2021-04-22", "2023.07.22", NOT_IN_OPENJDK),
    _root("Atos TrustedRoot Root CA RSA TLS 2021", "81a9088ea59fb364c548a6f85559099b6f0405efbf18e5324ec9f457ba00112f", "2021-04-22", "2023.07.22", NOT_IN_OPENJDK),
    _root("TrustAsia Global Root CA G3", "e0d3226aeb1163c2e48ff9be3b50b4c6431be7bb1eacc5c36b5d5ec509039a08", "2021-05-20", "2023.11.17", NOT_IN_OPENJDK),
    _root("TrustAsia Global Root CA G4", "be4b56cb5056c0136a526df444508daa36a0b54f42e4ac38f72af470e479654c", "2021-05-20", "2023.11.17", NOT_IN_OPENJDK),
    _root("SwissSign RSA TLS Root CA 2022 - 1", "193144f431e0fddb740717d4de926a571133884b4360d30e272913cbe660ce41", "2022-06-08", "2025.07.14", NOT_IN_OPENJDK),
    _root("SSL.com TLS ECC Root CA 2022", "c32ffd9f46f936d16c3673990959434b9ad60aafbb9e7cf33654f144cc1ba143", "2022-08-25", "2023.07.22", JDK_SSL_COM),
    _root("SSL.com TLS RSA Root CA 2022", "8faf7d2e2cb4709bb8e0b33666bf75a5dd45b5de480f8ea8d4bfe6bebc17f2ed", "2022-08-25", "2023.07.22", JDK_SSL_COM),
    _root("TWCA CYBER Root CA", "3f63bb2814be174ec8b6439cf08d6d56f0b7c405883a5648a334424d6b3ec558", "2022-11-22", "2024.08.30", NOT_IN_OPENJDK),
    _root("Telekom Security TLS RSA Root 2023", "efc65cadbb59adb6efe84da22311b35624b71b3b1ea0da8b6655174ec8978646", "2023-03-28", "2024.02.02", NOT_IN_OPENJDK),
    _root("D-TRUST BR Root CA 2 2023", "0552e6f83fdf65e8fa9670e666df28a4e21340b510cbe52566f97c4fb94b2bd1", "2023-05-09", "2025.01.31", NOT_IN_OPENJDK),
    _root("D-TRUST EV Root CA 2 2023", "8e8221b2e7d4007836a1672f0dcc299c33bc07d316f132fa1a206d587150f1ce", "2023-05-09", "2025.01.31", NOT_IN_OPENJDK),
    _root("OISTE Server Root ECC G1", "eec997c0c30f216f7e3b8b307d2bae42412d753fc8219dafd1520b2572850f49", "2023-05-31", "2025.10.05", NOT_IN_OPENJDK),
    _root("OISTE Server Root RSA G1", "9ae36232a5189ffddb353dfd26520c015395d22777dac59db57b98c089a651e6", "2023-05-31", "2025.10.05", NOT_IN_OPENJDK),
    _root("e-Szigno TLS Root CA 2023", "b49141502d00663d740f2e7ec340c52800962666121a36d09cf7dd2b90384fb4", "2023-07-17", "2026.02.25", NOT_IN_OPENJDK),
    _root("Telia EC TLS Root CA v3", "098e08a91dbbf77478b96cceb89b1413a5da37b7c862606a955deb07179f4326", "2023-11-15", "2026.07.22", NOT_IN_OPENJDK),
    _root("Telia RSA TLS Root CA v3", "d13db1294c45ebc6fc86c6bbf69fa29bdfe692dff7c713c243c7a956c6a2284c", "2023-11-15", "2026.07.22", NOT_IN_OPENJDK),
    _root("SECOM TLS ECC Root CA 2024", "6ab2ab75f51cb4f4f0156203fbf6f646232f514be059f62833308b82b4d72db1", "2024-01-31", "2026.07.22", NOT_IN_OPENJDK),
    _root("SECOM TLS RSA Root CA 2024", "1435f225c5d252d7a21948cc3ce62aecfa88001e3dd72d1cc3555100eb372f93", "2024-01-31", "2026.07.22", NOT_IN_OPENJDK),
    _root("TrustAsia TLS ECC Root CA", "c0076b9ef0531fb1a656d67c4ebe97cd5dbaa41ef44598acc2489878c92d8711", "2024-05-15", "2025.07.14", NOT_IN_OPENJDK),
    _root("TrustAsia TLS RSA Root CA", "06c08d7dafd876971eb1124fe67f847ec0c7a158d3ea53cbe940e2ea9791f4c3", "2024-05-15", "2025.07.14", NOT_IN_OPENJDK),
)  # fmt: skip

BY_SHA256 = {root.sha256: root for root in YOUNG}
