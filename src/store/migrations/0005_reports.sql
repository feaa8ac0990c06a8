-- Later reports of an event that a call-out runs for already: it grew, was
-- corrected, or had an aftershock.
CREATE TABLE report (
    event TEXT NOT NULL REFERENCES event (id),
    call_out TEXT NOT NULL REFERENCES call_out (id),
    PRIMARY KEY (event, call_out)
);
