"""The page drawn: what stands where, from letters and lines up to the whole sheet."""
