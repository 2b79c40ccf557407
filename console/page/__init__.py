"""The local page: what an administrator sees of the stack, in a browser on the same machine."""
