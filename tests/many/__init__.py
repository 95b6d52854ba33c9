"""Thousands of targets on one machine: 200 TLS endpoints under many names, some broken, and it is known which and how.

`python -m tests.many FOLDER` serves them until its standard input ends; `python -m tests.many.prove` runs the fleet
over them and compares what it says with the plan.
"""
