"""Starting a program without its imports: a process that has made them waits, and forks itself for whoever asks.

Importing torch, pandas and Prefect takes a new interpreter seconds of CPU; a fork takes milliseconds. `ready` is the
process that waits, and `python -m infra.starting MODULE` asks it for a fork that does what `python -m MODULE` would.
Whoever asked stays until the fork has ended: it passes on the signal to end, ends as the fork does, and when it is
killed so is the fork. What libraries read from the environment when they are imported, a fork has from the process
that waits. Both sides are written with the standard library alone.
"""

READY = "KEEPSHARP_READY"
"""The variable that names the socket of the process that waits, and after a colon a secret: who knows it may ask."""
COUNT = 4
"""Bytes of each number between the two, in network order: how long a wish is, the process, how it ended."""
