"""Finding pages: the query language, candidates from full text and vectors, ranking, snippets."""
