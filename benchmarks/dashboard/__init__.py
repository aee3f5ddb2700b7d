"""How quick and how light the dashboard's pages are on a home that was lived in for long."""
