"""The ledger in a database: SQLite in a file, or PostgreSQL by URL. Nothing else speaks SQL."""
