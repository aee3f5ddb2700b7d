"""What is told of models by every way in, the API, the pages and the command line alike: gathered once, from records.

It knows neither HTTP, HTML nor terminals.
"""
