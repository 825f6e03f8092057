"""Charts in black, white and grey: they print on any printer, and every figure stands beside its mark."""
