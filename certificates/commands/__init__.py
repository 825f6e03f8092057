"""Commands of the certificates' wing, and those that span both: init, demo, audit."""
