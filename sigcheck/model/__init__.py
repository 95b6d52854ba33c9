"""The values that cross a module border: frozen, compared by value, and able to travel as JSON.

Tuples, never sets; unions and `match`, never a status with three optionals. Split by topic; nothing
here does I/O, reads a clock, or judges.
"""
