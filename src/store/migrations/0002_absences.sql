-- Who was marked absent, and when they came back. Nothing is deleted.
CREATE TABLE absence (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    reason TEXT,
    entered_by TEXT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT
);
-- Who may be away now is found through this index alone.
CREATE INDEX absence_open ON absence (person) WHERE ended_at IS NULL;
