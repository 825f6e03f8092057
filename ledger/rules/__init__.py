"""The rules, one file a subject: each reads the book and returns records, or refuses."""
