"""What Prometheus scrapes: a quick scan of a named target, and the last verdict of full runs with its age."""
