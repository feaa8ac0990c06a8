-- By which a message that the disk gives back otherwise than it was written is
-- known, so that it goes to nobody. Rows that were over before have none.
ALTER TABLE notification ADD COLUMN seal TEXT;
