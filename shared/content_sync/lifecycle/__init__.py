"""The life of an integration: activate, list, check, deactivate, rebuild."""
