"""The nouns of the API: GraphQL types over the domain's values. No I/O and no decisions here."""
