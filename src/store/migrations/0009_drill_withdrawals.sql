-- A record of a drill that was a mistake counts no more: who took it back, when
-- and why. The record itself stays.
CREATE TABLE drill_withdrawal (
    record TEXT PRIMARY KEY REFERENCES drill_record (id),
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);
