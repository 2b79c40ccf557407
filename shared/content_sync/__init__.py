"""Synchronizes course providers with 360Learning: the layer that every function shares."""

from content_sync.layer import must_fit

must_fit()
