"""More machines: an executor that hands groups to the workers of a Dask scheduler (extra `fleet`)."""
