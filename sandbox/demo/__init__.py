"""The whole house on a laptop, as a story of three days: `make demo`."""
