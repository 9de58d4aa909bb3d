"""The volumes: how full they may be, what goes first, and whether the catalogue tells the truth."""
