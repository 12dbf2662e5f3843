"""Every table there is: importing this module makes all of them known to the one `metadata`."""

from assessment.store import survey_tables

metadata = survey_tables.metadata
