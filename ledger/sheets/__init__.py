"""Spreadsheets in, every problem in them out: bytes and values, no files, no clock, no SQL."""
