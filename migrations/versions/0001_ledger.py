"""The ledger: what was said, the tree over it, checkpoints, and projections for reading.

Entries, items, nodes and checkpoints take the next row only, and never change or lose one. UPDATE
and DELETE are not enough for that: INSERT OR REPLACE deletes without firing a DELETE trigger.
"""

from alembic import op

revision = "ledger_0001"
down_revision = None
branch_labels = ("ledger",)
depends_on = None

# In the words of each database. Texts compare by code point in both.
WORDS = {
    "sqlite": {
        "int": "INTEGER", "text": "TEXT", "bytes": "BLOB", "strict": "STRICT",
        "keyed": "STRICT, WITHOUT ROWID",
    },
    "postgresql": {
        "int": "BIGINT", "text": 'TEXT COLLATE "C"', "bytes": "BYTEA", "strict": "", "keyed": "",
    },
}  # fmt: skip

LOG = """
CREATE TABLE entries (
    entry {int} NOT NULL PRIMARY KEY,
    data {bytes} NOT NULL
) {strict};
-- Each item with its length, four bytes big-endian, before it. Written before their entry, which
-- then seals them: the check at commit finds rows without an entry.
CREATE TABLE items (
    entry {int} NOT NULL PRIMARY KEY,
    data {bytes} NOT NULL,
    FOREIGN KEY (entry) REFERENCES entries (entry) DEFERRABLE INITIALLY DEFERRED
) {strict};
CREATE TABLE nodes (
    level {int} NOT NULL,
    idx {int} NOT NULL,
    hash {bytes} NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, idx)
) {keyed};
-- `since` is the size of the checkpoint before: one that was taken out leaves a gap.
CREATE TABLE checkpoints (
    size {int} NOT NULL PRIMARY KEY,
    note {bytes} NOT NULL,
    since {int} NOT NULL
) {strict};
"""

PROJECTIONS = """
CREATE TABLE spoken (
    "by" {text} NOT NULL,
    id {text} NOT NULL,
    entry {int} NOT NULL,
    ref {text} NOT NULL,
    kind {text} NOT NULL,
    organisation {text} NOT NULL,
    stamp {text} NOT NULL,
    PRIMARY KEY ("by", id)
) {keyed};
CREATE UNIQUE INDEX spoken_entry ON spoken (entry);
CREATE UNIQUE INDEX spoken_ref ON spoken (ref);
CREATE TABLE keys (
    "by" {text} NOT NULL PRIMARY KEY,
    entry {int} NOT NULL,
    ref {text} NOT NULL,
    role {text} NOT NULL,
    organisation {text} NOT NULL,
    person {text} NOT NULL,
    vkey {text} NOT NULL,
    public {text} NOT NULL,
    until {int} NOT NULL
) {keyed};
CREATE UNIQUE INDEX keys_public ON keys (public);
CREATE INDEX keys_ref ON keys (ref);
CREATE TABLE adoptions (
    entry {int} NOT NULL PRIMARY KEY,
    ref {text} NOT NULL,
    code {int} NOT NULL,
    since {text} NOT NULL,
    document {text} NOT NULL
) {strict};
CREATE TABLE organisations (
    code {text} NOT NULL PRIMARY KEY,
    ref {text} NOT NULL,
    n {int} NOT NULL,
    parent {text} NOT NULL,
    name {text} NOT NULL,
    area {text} NOT NULL,
    uscc {text} NOT NULL,
    manager {text} NOT NULL,
    successor {text} NOT NULL
) {keyed};
CREATE INDEX organisations_parent ON organisations (parent);
CREATE TABLE volunteers (
    number {text} NOT NULL PRIMARY KEY,
    ref {text} NOT NULL,
    n {int} NOT NULL,
    registered {text} NOT NULL,
    state {text} NOT NULL
) {keyed};
CREATE TABLE memberships (
    volunteer {text} NOT NULL,
    organisation {text} NOT NULL,
    since {text} NOT NULL,
    "left" {text} NOT NULL,
    PRIMARY KEY (volunteer, organisation)
) {keyed};
CREATE INDEX memberships_organisation ON memberships (organisation);
CREATE TABLE activities (
    code {text} NOT NULL PRIMARY KEY,
    ref {text} NOT NULL,
    n {int} NOT NULL,
    organisation {text} NOT NULL,
    name {text} NOT NULL,
    start {text} NOT NULL,
    "end" {text} NOT NULL,
    category {text} NOT NULL,
    best {text} NOT NULL,
    moved {int} NOT NULL,
    cancelled {int} NOT NULL,
    settled {int} NOT NULL,
    hazard {int} NOT NULL
) {keyed};
CREATE INDEX activities_organisation ON activities (organisation);
CREATE TABLE sheets (
    ref {text} NOT NULL PRIMARY KEY,
    entry {int} NOT NULL,
    organisation {text} NOT NULL,
    activity {text} NOT NULL,
    person {text} NOT NULL,
    stamp {text} NOT NULL,
    count {int} NOT NULL,
    late {int} NOT NULL,
    state {text} NOT NULL,
    notice {text} NOT NULL,
    confirmation {int} NOT NULL
) {keyed};
CREATE UNIQUE INDEX sheets_entry ON sheets (entry);
CREATE INDEX sheets_activity ON sheets (activity);
CREATE INDEX sheets_notice ON sheets (notice);
CREATE INDEX sheets_state ON sheets (state);
CREATE TABLE lines (
    sheet {text} NOT NULL,
    n {int} NOT NULL,
    volunteer {text} NOT NULL,
    start {text} NOT NULL,
    "end" {text} NOT NULL,
    minutes {int} NOT NULL,
    class {text} NOT NULL,
    rating {int} NOT NULL,
    state {text} NOT NULL,
    confirmation {int} NOT NULL,
    voided {int} NOT NULL,
    PRIMARY KEY (sheet, n)
) {keyed};
CREATE INDEX lines_volunteer ON lines (volunteer, start);
-- Only a line from an older system may be longer than a day, and so begin long before it matters.
CREATE INDEX lines_long ON lines (volunteer, "end") WHERE class = 'L';
CREATE TABLE notices (
    ref {text} NOT NULL PRIMARY KEY,
    entry {int} NOT NULL,
    organisation {text} NOT NULL,
    stamp {text} NOT NULL,
    waiting {int} NOT NULL,
    open {int} NOT NULL
) {keyed};
CREATE UNIQUE INDEX notices_entry ON notices (entry);
CREATE INDEX notices_open ON notices (open);
CREATE TABLE certificates (
    ref {text} NOT NULL PRIMARY KEY,
    entry {int} NOT NULL,
    number {text} NOT NULL,
    organisation {text} NOT NULL,
    year {text} NOT NULL,
    sequence {int} NOT NULL,
    volunteer {text} NOT NULL,
    minutes {int} NOT NULL,
    state {text} NOT NULL,
    ended {text} NOT NULL,
    reason {text} NOT NULL,
    successor {text} NOT NULL
) {keyed};
CREATE UNIQUE INDEX certificates_entry ON certificates (entry);
CREATE UNIQUE INDEX certificates_number ON certificates (number);
CREATE UNIQUE INDEX certificates_sequence ON certificates (organisation, year, sequence);
CREATE INDEX certificates_volunteer ON certificates (volunteer);
CREATE TABLE certified (
    sheet {text} NOT NULL,
    n {int} NOT NULL,
    certificate {text} NOT NULL,
    PRIMARY KEY (sheet, n, certificate)
) {keyed};
CREATE INDEX certified_certificate ON certified (certificate);
CREATE TABLE closings (
    ref {text} NOT NULL PRIMARY KEY,
    entry {int} NOT NULL,
    organisation {text} NOT NULL,
    as_of {text} NOT NULL,
    size {int} NOT NULL,
    first {int} NOT NULL,
    after {int} NOT NULL,
    total {int} NOT NULL,
    last {text} NOT NULL,
    following {text} NOT NULL
) {keyed};
CREATE UNIQUE INDEX closings_entry ON closings (entry);
CREATE INDEX closings_organisation ON closings (organisation);
CREATE INDEX closings_size ON closings (size);
CREATE TABLE stars (
    volunteer {text} NOT NULL,
    level {int} NOT NULL,
    organisation {text} NOT NULL,
    notice {text} NOT NULL,
    state {text} NOT NULL,
    adoption {int} NOT NULL,
    entry {int} NOT NULL,
    ref {text} NOT NULL,
    n {int} NOT NULL,
    PRIMARY KEY (volunteer, level)
) {keyed};
CREATE INDEX stars_notice ON stars (notice);
CREATE TABLE complaints (
    volunteer {text} NOT NULL,
    entry {int} NOT NULL,
    day {text} NOT NULL,
    PRIMARY KEY (volunteer, entry)
) {keyed};
CREATE TABLE holders (
    volunteer {text} NOT NULL PRIMARY KEY,
    state {text} NOT NULL,
    entry {int} NOT NULL
) {keyed};
CREATE TABLE accounts (
    account {text} NOT NULL,
    unit {text} NOT NULL,
    balance {int} NOT NULL,
    held {int} NOT NULL,
    gone {int} NOT NULL,
    minutes {int} NOT NULL,
    excess {int} NOT NULL,
    owed {int} NOT NULL,
    lapsed {int} NOT NULL,
    through {text} NOT NULL,
    PRIMARY KEY (account, unit)
) {keyed};
CREATE TABLE movements (
    ref {text} NOT NULL,
    n {int} NOT NULL,
    entry {int} NOT NULL,
    stamp {text} NOT NULL,
    effective {text} NOT NULL,
    debit {text} NOT NULL,
    credit {text} NOT NULL,
    unit {text} NOT NULL,
    amount {int} NOT NULL,
    purpose {text} NOT NULL,
    hold {text} NOT NULL,
    held {text} NOT NULL,
    refunded {int} NOT NULL,
    PRIMARY KEY (ref, n)
) {keyed};
CREATE INDEX movements_debit ON movements (debit);
CREATE INDEX movements_credit ON movements (credit);
CREATE TABLE holds (
    ref {text} NOT NULL,
    n {int} NOT NULL,
    entry {int} NOT NULL,
    organisation {text} NOT NULL,
    person {text} NOT NULL,
    debit {text} NOT NULL,
    credit {text} NOT NULL,
    unit {text} NOT NULL,
    amount {int} NOT NULL,
    purpose {text} NOT NULL,
    day {text} NOT NULL,
    until {text} NOT NULL,
    good {text} NOT NULL,
    count {int} NOT NULL,
    origin {text} NOT NULL,
    state {text} NOT NULL,
    PRIMARY KEY (ref, n)
) {keyed};
CREATE INDEX holds_credit ON holds (credit);
CREATE INDEX holds_good ON holds (good);
CREATE TABLE goods (
    code {text} NOT NULL PRIMARY KEY,
    ref {text} NOT NULL,
    n {int} NOT NULL,
    organisation {text} NOT NULL,
    name {text} NOT NULL,
    price {int} NOT NULL,
    stock {int} NOT NULL
) {keyed};
CREATE INDEX goods_organisation ON goods (organisation);
CREATE TABLE achievements (
    ref {text} NOT NULL,
    n {int} NOT NULL,
    entry {int} NOT NULL,
    kind {text} NOT NULL,
    organisation {text} NOT NULL,
    person {text} NOT NULL,
    volunteer {text} NOT NULL,
    date {text} NOT NULL,
    title {text} NOT NULL,
    giver {text} NOT NULL,
    minutes {int} NOT NULL,
    voided {int} NOT NULL,
    PRIMARY KEY (ref, n)
) {keyed};
CREATE INDEX achievements_volunteer ON achievements (volunteer);
CREATE TABLE imports (
    origin {text} NOT NULL,
    ref {text} NOT NULL,
    n {int} NOT NULL,
    entry {int} NOT NULL,
    PRIMARY KEY (origin, ref, n)
) {keyed};
"""

# The condition under which a row is not the next one.
NOT_NEXT = {
    "entries": "NEW.entry <> (SELECT coalesce(max(entry), -1) + 1 FROM entries)",
    "items": "NEW.entry <= (SELECT coalesce(max(entry), -1) FROM items)"
    " OR NEW.entry <= (SELECT coalesce(max(entry), -1) FROM entries)",
    "nodes": "NEW.idx <> (SELECT coalesce(max(idx), -1) + 1 FROM nodes WHERE level = NEW.level)",
    "checkpoints": "NEW.size <= NEW.since"
    " OR NEW.since <> (SELECT coalesce(max(size), 0) FROM checkpoints)"
    " OR NEW.size <> (SELECT coalesce(max(entry), -1) + 1 FROM entries)",
}

SQLITE = """
CREATE TRIGGER {table}_next BEFORE INSERT ON {table} WHEN {not_next}
BEGIN SELECT RAISE(ABORT, '{table} takes the next row only'); END;;
CREATE TRIGGER {table}_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;;
CREATE TRIGGER {table}_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;;
"""

POSTGRESQL = """
CREATE FUNCTION {table}_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {not_next} THEN RAISE EXCEPTION '{table} takes the next row only'; END IF;
    RETURN NEW;
END $$;;
CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{table} is append-only'; END $$;;
CREATE TRIGGER {table}_next BEFORE INSERT ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_next();;
CREATE TRIGGER {table}_change BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_append_only();;
CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only();;
"""


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    tables = (LOG + PROJECTIONS).format(**WORDS[dialect]).split(";\n")
    triggers = SQLITE if dialect == "sqlite" else POSTGRESQL
    guards = [
        sql
        for table, not_next in NOT_NEXT.items()
        for sql in triggers.format(table=table, not_next=not_next).split(";;\n")
    ]
    for sql in (*tables, *guards):
        if sql.strip():
            connection.exec_driver_sql(sql)
