"""infra/model"""
