"""The ledger of a replay beside the operating system's account of every process in it."""
