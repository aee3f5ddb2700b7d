"""One command a file, each with a function `register(app)`."""
