-- Due work is found channel by channel, so that a channel that stands still
-- holds up no other; within a channel the most urgent comes first.
DROP INDEX notification_due;
CREATE INDEX notification_due ON notification (channel, urgency, due_at)
    WHERE state IN ('queued', 'retry', 'unknown', 'sending');
