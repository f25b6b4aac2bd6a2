"""Child processes for native code that may abort, trap, or be killed for memory.

Knows nothing of models or of pages: a worker is a module that serves named operations over its pipes.
"""
