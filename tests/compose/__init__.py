"""docker-compose.yml as it would run, on loopback and without containers (`make test-compose`)."""
