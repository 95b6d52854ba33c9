"""A fleet's results as text: what is not well, by its cause, the worst first."""
