"""flows/training"""
