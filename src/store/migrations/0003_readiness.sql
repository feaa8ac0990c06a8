-- Addresses that bounced are found through this index alone, however many
-- other messages were ever sent.
CREATE INDEX notification_bounced ON notification (settled_at)
    WHERE state = 'dead' AND reason = 'address';
