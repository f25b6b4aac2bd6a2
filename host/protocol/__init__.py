"""The wire: framing, JSON-RPC, message models, the method table, connections.

Knows the shapes of requests and answers, and nothing of how they are fulfilled.
"""
