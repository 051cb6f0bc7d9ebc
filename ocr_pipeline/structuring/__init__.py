"""Words to record with evidence: engines behind one interface."""
