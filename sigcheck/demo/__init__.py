"""The embedded receivers of `sigcheck demo`, good and bad, and the authority that vouches for them."""
