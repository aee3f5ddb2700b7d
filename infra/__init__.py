"""infra remembers: records, ports, adapters, and what training and serving share."""
