"""The core API: Kubernetes' own kinds, what they default to, what they may hold, and how they behave.

What data can say is in `data/`; the rest is small functions, one concern a module.  How a kind is added or refined:

- what discovery says of it: a row of `data/resources.json` (`rows`);
- defaults: `data/defaults.json`, and a function of `filling` for what depends on other fields (`defaulting`);
- columns: `data/columns.json`, and a function of `cells` for what no path gives (`columns`);
- generation, deletions, conditional updates, field selectors, what each side may change: `data/facts.json` (`facts`);
- what it may hold: `validation`, named in `validation.registry`;
- behaviour beside that: a module of `strategies`, named in `strategies.registry`;
- a subresource other than status and scale, or a resource that its Store alone doesn't serve: a module of `storages`,
  named in `storages.registry`; one without a store: a module of `stateless`, named in `stateless.registry`;
- a version that differs from the stored one: a module of `conversions`, named in `conversions.registry`;
- policy across kinds: a plugin of `kroute.admission.plugins`, put in its place in `plugins`; what a kind uses of a
  resource quota: a module of `quotas`, named in `quotas.registry`.

`catalog` makes resources of all that, `server` mounts the chosen ones (`choosing`).  `environment` is what strategies
and storages are made with; what the server itself writes it writes through `owning`.
"""
