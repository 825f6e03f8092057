"""The commands of the ledger's wing: each reads arguments, calls one function and prints."""
