"""The customer's account at the Sigfox Cloud: its API, read and never written to, and what it says of callbacks.

It imports nothing by itself: reading a file of records needs no client.
"""
