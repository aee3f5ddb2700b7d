"""Delivery of notices: from the outbox to the addresses that the operator named."""
