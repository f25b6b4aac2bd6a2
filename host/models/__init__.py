"""Models: which there are, fetching them, and the processes that run them.

Only the adapters here import torch, sentence_transformers or llama_cpp, and only inside a worker.
Knows nothing of storage.
"""
