"""The vault: personal data, sealed, and keyed hashes to find people by. All of it can be erased."""

from alembic import op

revision = "vault_0001"
down_revision = None
branch_labels = ("vault",)
depends_on = None

WORDS = {
    "sqlite": {
        "vault": "", "text": "TEXT", "bytes": "BLOB", "strict": "STRICT",
        "keyed": "STRICT, WITHOUT ROWID",
    },
    "postgresql": {
        "vault": "vault.", "text": 'TEXT COLLATE "C"', "bytes": "BYTEA", "strict": "", "keyed": "",
    },
}  # fmt: skip

TABLES = """
CREATE TABLE {vault}origin (
    name {text} NOT NULL PRIMARY KEY,
    wrapped {bytes} NOT NULL,
    sealed {bytes} NOT NULL
) {strict};
CREATE TABLE {vault}people (
    number {text} NOT NULL PRIMARY KEY,
    wrapped {bytes} NOT NULL,
    sealed {bytes} NOT NULL
) {strict};
CREATE TABLE {vault}traits (
    hash {text} NOT NULL,
    number {text} NOT NULL,
    PRIMARY KEY (hash, number)
) {keyed};
CREATE INDEX traits_number ON {vault}traits (number);
CREATE TABLE {vault}documents (
    hash {text} NOT NULL PRIMARY KEY,
    number {text} NOT NULL
) {keyed};
CREATE INDEX documents_number ON {vault}documents (number);
CREATE TABLE {vault}refused (
    hash {text} NOT NULL,
    organisation {text} NOT NULL,
    code {text} NOT NULL,
    PRIMARY KEY (hash, organisation, code)
) {keyed};
CREATE TABLE {vault}kept (
    commitment {text} NOT NULL PRIMARY KEY,
    wrapped {bytes} NOT NULL,
    sealed {bytes} NOT NULL
) {strict};
CREATE TABLE {vault}about (
    commitment {text} NOT NULL,
    number {text} NOT NULL,
    PRIMARY KEY (commitment, number)
) {keyed};
CREATE INDEX about_number ON {vault}about (number);
"""


def upgrade() -> None:
    connection = op.get_bind()
    for sql in TABLES.format(**WORDS[connection.dialect.name]).split(";\n"):
        if sql.strip():
            connection.exec_driver_sql(sql)
