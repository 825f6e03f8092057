"""Being a witness of other logs, and asking the witnesses of our own."""
