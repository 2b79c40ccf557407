"""360Learning, the target: its API v2, its items, its languages."""
