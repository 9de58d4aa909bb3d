"""What the server uses of APScheduler 3, which ships no types."""
