"""Forms: one WTForms form a page, compiled once a version; plain answers come out."""
