"""Anomalies: what is lawful in a ledger and doubtful all the same (RULES.md 51); pure."""
