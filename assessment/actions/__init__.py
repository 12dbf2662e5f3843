"""What people do, one transaction each: responding, submitting, and owning a scorecard."""
