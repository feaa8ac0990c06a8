-- Call-outs of which not everybody's row is kept yet: the first who are called are
-- kept with the event, the others right after them.
CREATE TABLE opening (
    call_out TEXT PRIMARY KEY REFERENCES call_out (id)
);
