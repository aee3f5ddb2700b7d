"""services/replay"""
