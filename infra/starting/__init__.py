"""Starting a program without its imports: a process that has made them waits, and forks itself for whoever asks.

Importing torch, pandas and Prefect takes a new interpreter seconds of CPU; a fork takes milliseconds. `ready` is the
process that waits, and `python -m infra.starting MODULE` asks it to be `python -m MODULE`. It stands for what it asked
for: it passes on the signal to end, ends as that ends, and when it is killed so is the other. It is written with the
standard library alone.
"""

READY = "KEEPSHARP_READY"
"""The variable that names the socket of the process that waits, and after a colon a secret: who knows it may ask."""
COUNT = 4
"""Bytes of each number between the two, in network order: how long a wish is, the process, how it ended."""
