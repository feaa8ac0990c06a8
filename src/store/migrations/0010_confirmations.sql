-- The reply that a notification confirms: what became of it, its first line and
-- its Message-ID, as JSON. Nothing in every other notification.
ALTER TABLE notification ADD COLUMN confirms TEXT;
