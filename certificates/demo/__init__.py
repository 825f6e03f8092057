"""The demonstration: the main job end to end, on a folder of spreadsheets."""
