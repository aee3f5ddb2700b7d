"""The ledger of costs: quantities × the rates of a model file -> cost entries, months, and what people's acts take.

Shared by the flows and the services. It knows no database; whoever calls it writes what it returns.
"""
