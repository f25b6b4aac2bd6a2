"""Answers to questions about the history: found passages, engines that answer from them, conversations."""
