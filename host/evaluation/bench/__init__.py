"""`ai-history bench`: speed and memory of the product, beside the bare engines in the same run.

Everything runs in a temporary home with the real daemon, over the real wire. The installed models are
used where they lie.
"""
