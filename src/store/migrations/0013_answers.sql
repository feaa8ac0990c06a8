-- What a person said last is found without reading everybody's answers.
CREATE INDEX acknowledgement_person ON acknowledgement (call_out, person, number);
