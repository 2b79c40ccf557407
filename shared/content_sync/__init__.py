"""Synchronizes course providers with 360Learning: the layer that every function shares."""
