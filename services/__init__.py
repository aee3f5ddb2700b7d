"""services answer: the HTTP API, the dashboard, the command line, and the inspection line."""
