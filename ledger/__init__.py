"""The log of volunteer service and the rules it is kept by."""
