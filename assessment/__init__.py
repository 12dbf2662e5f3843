"""Self-assessments and surveys: ask, score, advise, send the scorecard."""
