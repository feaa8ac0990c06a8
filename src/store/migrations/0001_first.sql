-- Times are microseconds since 1970-01-01 UTC. Bodies are JSON whose shape
-- `store::codec` owns.

CREATE TABLE event (
    id TEXT PRIMARY KEY,
    key TEXT UNIQUE,
    content TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL
);

CREATE TABLE call_out (
    id TEXT PRIMARY KEY,
    event TEXT NOT NULL REFERENCES event (id),
    state TEXT NOT NULL,
    live BOOLEAN NOT NULL,
    opened_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    progress TEXT NOT NULL,
    frozen TEXT NOT NULL
);
CREATE INDEX call_out_event ON call_out (event);
CREATE INDEX call_out_opened ON call_out (opened_at);
CREATE INDEX call_out_live ON call_out (opened_at) WHERE live;

CREATE TABLE participant (
    call_out TEXT NOT NULL REFERENCES call_out (id),
    person TEXT NOT NULL,
    position BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (call_out, person)
);

CREATE TABLE notification (
    id BIGINT PRIMARY KEY,
    call_out TEXT NOT NULL REFERENCES call_out (id),
    person TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    purpose TEXT NOT NULL,
    asks BOOLEAN NOT NULL,
    stage BIGINT NOT NULL,
    urgency BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    lease BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    settled_at BIGINT,
    reason TEXT,
    detail TEXT
);
-- Due work, and work whose lease may have run out, is found through this
-- index alone, however many rows are done.
CREATE INDEX notification_due ON notification (urgency, due_at)
    WHERE state IN ('queued', 'retry', 'unknown', 'sending');
-- What a daemon was sending when it ended.
CREATE INDEX notification_sending ON notification (id) WHERE state = 'sending';
CREATE INDEX notification_person ON notification (call_out, person);

CREATE TABLE delivery (
    notification BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    at BIGINT NOT NULL,
    via TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (notification, attempt)
);

CREATE TABLE acknowledgement (
    call_out TEXT NOT NULL REFERENCES call_out (id),
    number BIGINT NOT NULL,
    person TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (call_out, number)
);

CREATE TABLE journal (
    call_out TEXT NOT NULL REFERENCES call_out (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (call_out, seq)
);

CREATE TABLE edition (
    digest TEXT PRIMARY KEY,
    first_used_at BIGINT NOT NULL,
    rules TEXT NOT NULL,
    roster TEXT NOT NULL
);
