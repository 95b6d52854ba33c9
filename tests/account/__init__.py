"""The account: a local server that answers as the public description of the Sigfox API says, and what is asked of it.

`server.sigfox_api` runs it, `schemas.json` has the shapes of its answers.
"""
