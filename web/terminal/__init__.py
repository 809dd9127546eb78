"""What the commands ask, show and print; `web.cli` says which commands there are."""
