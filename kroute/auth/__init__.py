"""Who is asking and what they may do: authenticators and authorizers behind small protocols."""
