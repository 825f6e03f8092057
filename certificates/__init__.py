"""The certificate: a page, a statement that names it, a proof, and the check of all three."""
