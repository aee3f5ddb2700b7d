"""monitoring/policies"""
