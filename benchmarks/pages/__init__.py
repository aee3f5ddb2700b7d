"""How quick and how light the dashboard's pages are, and what open ones cost serving."""
