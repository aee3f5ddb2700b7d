"""The inspection line: a seeded simulator of machined parts, their pictures, and the changes a factory goes through."""
