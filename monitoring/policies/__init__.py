"""When to retrain: one policy a file, and the guards that stand over all of them."""

from monitoring.policies.choosing import policy_for
from monitoring.policies.guards import Refusal, refusals
from monitoring.policies.policy import Policy, Verdict
from monitoring.policies.situation import How, PastRetrain, Situation

__all__ = ["How", "PastRetrain", "Policy", "Refusal", "Situation", "Verdict", "policy_for", "refusals"]
