"""What is kept: tables, the database, keys, and one small module per kind of record."""
