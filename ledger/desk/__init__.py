"""The desk: what officers do, journey by journey. It joins sheets, vault and log, and says things."""
