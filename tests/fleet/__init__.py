"""The detection fleet: real receivers, good ones and one or more for each way a retry can hurt.

`registry.FLEET` names them, `launch.launch` runs one, `design.Design` says what one does.
"""
