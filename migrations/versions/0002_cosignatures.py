"""Cosignatures: what others said of checkpoints, each a signature line, beside the checkpoint.

The next row only, of a checkpoint that is here; nothing changes or goes. `vkey` is the key that the
line is by, so that it can be checked by whoever has no list of witnesses.
"""

from alembic import op

revision = "ledger_0002"
down_revision = "ledger_0001"
branch_labels = None
depends_on = None

WORDS = {
    "sqlite": {"int": "INTEGER", "text": "TEXT", "strict": "STRICT"},
    "postgresql": {"int": "BIGINT", "text": 'TEXT COLLATE "C"', "strict": ""},
}  # fmt: skip

TABLE = """
CREATE TABLE cosignatures (
    n {int} NOT NULL PRIMARY KEY,
    size {int} NOT NULL,
    vkey {text} NOT NULL,
    line {text} NOT NULL
) {strict};
CREATE INDEX cosignatures_size ON cosignatures (size);
"""

NOT_NEXT = (
    "NEW.n <> (SELECT coalesce(max(n), -1) + 1 FROM cosignatures)"
    " OR NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = NEW.size)"
)

SQLITE = """
CREATE TRIGGER cosignatures_next BEFORE INSERT ON cosignatures WHEN {not_next}
BEGIN SELECT RAISE(ABORT, 'cosignatures takes the next row only'); END;;
CREATE TRIGGER cosignatures_update BEFORE UPDATE ON cosignatures
BEGIN SELECT RAISE(ABORT, 'cosignatures is append-only'); END;;
CREATE TRIGGER cosignatures_delete BEFORE DELETE ON cosignatures
BEGIN SELECT RAISE(ABORT, 'cosignatures is append-only'); END;;
"""

POSTGRESQL = """
CREATE FUNCTION cosignatures_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {not_next} THEN RAISE EXCEPTION 'cosignatures takes the next row only'; END IF;
    RETURN NEW;
END $$;;
CREATE FUNCTION cosignatures_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'cosignatures is append-only'; END $$;;
CREATE TRIGGER cosignatures_next BEFORE INSERT ON cosignatures
FOR EACH ROW EXECUTE FUNCTION cosignatures_next();;
CREATE TRIGGER cosignatures_change BEFORE UPDATE OR DELETE ON cosignatures
FOR EACH ROW EXECUTE FUNCTION cosignatures_append_only();;
CREATE TRIGGER cosignatures_truncate BEFORE TRUNCATE ON cosignatures
FOR EACH STATEMENT EXECUTE FUNCTION cosignatures_append_only();;
"""


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    triggers = SQLITE if dialect == "sqlite" else POSTGRESQL
    table = TABLE.format(**WORDS[dialect]).split(";\n")
    for sql in (*table, *triggers.format(not_next=NOT_NEXT).split(";;\n")):
        if sql.strip():
            connection.exec_driver_sql(sql)
