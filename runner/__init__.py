"""The domain of stepwire: pipelines, steps and why they fail. Standard library only."""
