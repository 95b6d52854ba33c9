"""Plays plans through a transport: samples, the replay and the scenarios beside it, and counts what came of them."""
