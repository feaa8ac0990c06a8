-- What a person said last is known in memory, where it is read with their call-out.
DROP INDEX acknowledgement_person;
