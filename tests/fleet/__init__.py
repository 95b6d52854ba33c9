"""The detection fleet: real receivers, good ones and one or more for each way a retry can hurt.

`registry.FLEET` names them, `launch.launch` runs one, `design.Design` says what one does. `in_virtual_time` has those
that need no socket, `quick` the one that costs least, for the bench.
"""
