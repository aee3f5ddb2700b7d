"""services/cli"""
