"""The web: one module a blueprint; views find, validate, act and redirect."""
