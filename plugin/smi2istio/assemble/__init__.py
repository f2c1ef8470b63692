"""Documents that need all of what the translators found: policies, routes, the baseline.

What the compiler calls, and what each of them is divided into:

    policies    ports, requirements, hosts, losses; its warnings: overlaps, listeners, witnesses
    routes
    entrances
    legacy      authentication: selected, levels, peers, origins, tokens
                RBAC: rbac_scope, newer, destinations, roles, role_rules
    baseline    of the user's own policies: additive, refusing
    placing

The requests that warnings show are made up in ``sites`` and ``requests``.
"""
