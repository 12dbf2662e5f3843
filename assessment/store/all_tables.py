"""Every table there is: importing this module makes all of them known to the one `metadata`."""

from assessment.store import peer_tables, survey_tables

metadata = survey_tables.metadata
ADDED = (survey_tables, peer_tables)
"""The modules that are imported for what they add to it."""
