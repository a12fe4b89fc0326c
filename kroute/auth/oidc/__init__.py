"""Tokens of identity providers that speak OpenID Connect.

- `options`: what flags say;
- `configuration`: which providers are believed, for whom, and how claims become users;
- `provider`: a provider's keys, as it publishes them;
- `expressions` and `mapping`: from claims to a user;
- `tokens`: the authenticator; `reloading`: all those of a file; `building`: from options to authenticators.
"""
