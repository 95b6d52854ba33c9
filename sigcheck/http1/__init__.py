"""HTTP/1.1 answers as bytes: pure, without a socket.

An HTTP library gives one client's opinion of an answer. This reader sees what each of three real clients sees (curl,
a JDK's HttpURLConnection and its java.net.http): what all refuse is unreadable, what some refuse is an oddity that
names them. It never raises, and every length that a server chooses is capped.

Sources: RFC 9110, RFC 9112; docs/http-clients.md for what the clients do, measured; curl 7.88.1 and OpenJDK for why.
"""

from sigcheck.http1.encoding import content_encoding, decoded
from sigcheck.http1.reader import AnswerReader

__all__ = ["AnswerReader", "content_encoding", "decoded"]
