"""The reverse sync: sends differences to a destination and keeps the outcome of every row."""
