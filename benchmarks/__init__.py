"""Benchmarks: how fast the public path is, each figure beside its floor (`python -m benchmarks`)."""
