"""One training by several processes, under torchrun or Ray Train."""
