"""Figures, moments and places in a picture as a person reads them, for every page that is printed."""
