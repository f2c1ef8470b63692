"""Documents that need all of what the translators found: policies, routes, the baseline.

What the compiler calls, and what each of them is divided into:

    policies    ports, requirements, hosts, losses; its warnings: overlaps, listeners, witnesses
    routes
    entrances
    legacy      a package of its own
    baseline    of the user's own policies: additive, refusing, identities
    placing

The requests that warnings show are made up in ``sites`` and ``requests``.
"""
