"""Every diagnostic the program can utter, one module for each range of codes.

Codes are permanent.  A code that falls out of use stays in its module as a comment
(``# S2I204 retired in 0.3``) and is never handed out again.

    S2I1xx  reading, configuration    S2I5xx  namespaces, workloads, other meshes
    S2I2xx  TrafficSplit              S2I6xx  Istio before 1.6
    S2I3xx  access and regexes        S2I8xx  assembling Istio documents
    S2I4xx  OSM config, OSM policies  S2I9xx  checking the result
"""


def load_all() -> None:
    """Import every module of the catalogue, so that ``CATALOG`` is complete."""
    import pkgutil  # only explain, and a check of `accept`, need all  # noqa: PLC0415
    from importlib import import_module  # noqa: PLC0415

    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        import_module(module.name)
