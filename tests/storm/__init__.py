"""All providers at once on one platform, while everything fails that can."""
