"""When to retrain: one policy a file, and the guards that stand over all of them."""

from monitoring.policies.choosing import policy_for
from monitoring.policies.guards import Refusal, refusals
from monitoring.policies.policy import Policy, Verdict
from monitoring.policies.situation import How, Past, PastRetrain, Rival, Situation

__all__ = [
    "How",
    "Past",
    "PastRetrain",
    "Policy",
    "Refusal",
    "Rival",
    "Situation",
    "Verdict",
    "policy_for",
    "refusals",
]
