"""infra/stores"""
