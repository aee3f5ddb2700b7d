"""One labelled history under every retraining policy, and what knowing the future would have given."""
