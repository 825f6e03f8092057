"""Where alembic starts: the caller hands over a connection, and commits.

The migrations are plain SQL and import nothing of the program: what they say may not change when
the program does.
"""

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"],
    target_metadata=given["metadata"],
    version_table_schema=given["schema"],
)
with context.begin_transaction():
    context.run_migrations()
