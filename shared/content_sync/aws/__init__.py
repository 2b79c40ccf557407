"""What talks to AWS beside the state table: clients, secrets, and this function itself."""
