"""services/inference"""
