-- Mail that came back and was taken in: the same one changes nothing twice.
-- A key names what came of it for one notification.
CREATE TABLE received_mail (
    key TEXT PRIMARY KEY,
    notification BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX received_mail_notification ON received_mail (notification);
