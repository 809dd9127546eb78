"""The verbs of the API: queries, mutations and subscriptions over the runner's ports."""
