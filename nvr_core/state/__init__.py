"""The catalogue: what is recorded, where it lies, and what people have set, in one database."""
