"""The contracts: one module per kind of question, importable without any task."""
