"""Who gets in: prints the Cloud's range for a firewall, and reads a firewall's rules back. Pure.

Opens no socket, writes nothing.

One flow: a reader turns the text of a file into rule sets (`ruleset`), `walk` leads the packets of one connection
through them and notes which addresses may be admitted and which may be refused, `judgement` turns that into a
verdict.
"""
