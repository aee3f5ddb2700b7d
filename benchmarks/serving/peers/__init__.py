"""Small servers for the peers. Each serves the same weights and knows nothing of keepsharp."""
