-- Each mail address of each person, from the first edition that had it: whether
-- its person was asked to confirm it, and what came of that. `mails` counts
-- what went out or perhaps did. Nothing is deleted.
CREATE TABLE contact (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    address TEXT NOT NULL,
    known_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    mails BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT,
    asked_at BIGINT,
    sent_at BIGINT,
    confirmed_at BIGINT,
    dead_at BIGINT,
    detail TEXT,
    UNIQUE (person, address)
);
-- What is to be sent is found through this index alone.
CREATE INDEX contact_due ON contact (due_at) WHERE due_at IS NOT NULL;
-- What people say of their contacts: it waits for a word, then is decided once.
CREATE TABLE contact_change (
    id INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT,
    address TEXT,
    new_address TEXT,
    note TEXT,
    reported_at BIGINT NOT NULL,
    reported_via TEXT NOT NULL,
    state TEXT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT,
    reason TEXT
);
CREATE INDEX contact_change_open ON contact_change (person) WHERE state = 'open';
