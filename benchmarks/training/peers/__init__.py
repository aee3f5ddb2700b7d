"""The same training as other libraries do it. These modules run in the peers' environments and know no keepsharp."""
