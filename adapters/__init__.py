"""The runner's ports, implemented: OpenCode over HTTP, the journal over a database, YAML files, and fakes in memory."""
