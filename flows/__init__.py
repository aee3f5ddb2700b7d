"""flows act: train, monitor, retrain and watch. Plain functions, thinly wrapped as Prefect flows."""
