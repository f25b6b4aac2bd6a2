"""The commands of `ai-history`, one file each."""
