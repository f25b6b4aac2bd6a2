"""Trains a model from a person's corrections in the background, when the computer has nothing else to do.

The work is done by a child process of low priority, `host.finetune.job_worker`, with one operation:

`run` {folder, base, profile, samples}: do everything in `folder`, going on with what lies there, and deploy
what came of it when it is better. Progress: {stage, share (of all, 0 to 1), remaining_s, text}, each of which
may be missing. Answer: {state: "deployed" or "refused", text (for a person), report (path or null)}. A
cancelled one leaves what the next one goes on with.
"""
