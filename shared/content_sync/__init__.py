"""Synchronizes course providers with 360Learning: the layer that every function shares."""

import gc

from content_sync.layer import must_fit

must_fit()
# Thousands of objects live long here, hardly any in cycles, and each collection looks at them all:
# first of all while the rest is imported (docs/decisions/0007).
gc.set_threshold(50_000, 20, 50)
