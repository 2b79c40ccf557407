"""What developers run: environments, the template's gate, generated pages."""
