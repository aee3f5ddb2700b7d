"""services/dashboard"""
