"""What `keepsharp doctor --security` looks at: each check says how it is, and what to do where it is not well."""
