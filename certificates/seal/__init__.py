"""The seal: the one form of its signature, the chain behind it, and who holds its keys."""
