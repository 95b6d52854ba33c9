"""Measurements against goals, as ratios within one run: `python -m bench [NAME…]` or `make bench`."""
