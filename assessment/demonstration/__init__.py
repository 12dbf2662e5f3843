"""Invented submissions that look like real ones, to see the consultants' workplace with something in it."""
