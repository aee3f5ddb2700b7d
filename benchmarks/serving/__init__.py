"""keepsharp's inference service beside its peers: the same network, the same load, in turns, in one run."""
