"""Jobs as they stand in the storage: plans, what became of their units, reports and pages."""
