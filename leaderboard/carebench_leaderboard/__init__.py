"""A results table in; standings and pages out. Imports nothing of the engine, the tasks or the models."""
