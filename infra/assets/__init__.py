"""The scripts of others that the pages carry: where they come from and how they are packed."""
