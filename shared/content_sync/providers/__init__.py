"""The providers: one folder each, always the same rooms: api, models, mapping."""
