-- Drills that were held and written down, and the files that lie with them.
-- Nothing is deleted. Days are written as 2026-06-12.
CREATE TABLE drill_record (
    id TEXT PRIMARY KEY,
    held_on TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX drill_record_held ON drill_record (held_on);

CREATE TABLE drill_file (
    record TEXT NOT NULL REFERENCES drill_record (id),
    number BIGINT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (record, number)
);
