"""Models, from training to a person's final word in production: runs, models and their versions, gates, endpoints,
predictions, decisions, monitors. Every version knows what it came from; nothing serves that did not pass a gate."""
