"""Secrets are hidden and hostile text is disarmed here, and nowhere else, in front of every output."""
