"""What does a training cost beside its peers, does it survive kill -9, and does MLflow's absence slow it down?"""
