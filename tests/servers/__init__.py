"""Real servers over TLS, each with a right receiver behind it and with one that knows no message again.

`table.SERVERS` names them, `verify.verify` runs sigcheck against one, `matrix.page` writes docs/servers.md.
"""
