"""The parts of an audit, one question a file; `ledger.audit` asks them all."""
