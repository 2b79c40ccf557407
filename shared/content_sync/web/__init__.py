"""What talks to other services: HTTP, tokens, rates, and the time that is left."""
