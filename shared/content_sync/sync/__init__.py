"""The runs: catalogue and statistics, and what carries them through failures and time limits."""
