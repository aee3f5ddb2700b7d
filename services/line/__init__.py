"""services/line"""
