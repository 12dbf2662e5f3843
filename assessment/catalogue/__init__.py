"""Questionnaires from YAML: read with line numbers, resolved, checked for every fault at once, kept fresh."""
