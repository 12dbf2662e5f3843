"""What the parts of a submission are called where people read them, on pages and in exports."""

STATUS = {"new": "New", "in_review": "In review", "contacted": "Contacted", "closed": "Closed"}
MARK = {"test": "Test", "spam": "Spam", "competitor": "Competitor"}
ORIGIN = {"web": "On their own", "invitation": "Invited", "interview": "Interview", "demo": "Demonstration"}
