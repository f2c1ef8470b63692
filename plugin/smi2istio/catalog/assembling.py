"""S2I8xx: assembling Istio's documents."""

from smi2istio.diagnostics import EQUAL, WARNING, rule


@rule("S2I801", WARNING, EQUAL)
def dry_run(policies: int) -> str:
    """A dry run is configured, so access is decided but not enforced.

    AuthorizationPolicies carry istio.io/dry-run and PeerAuthentications are PERMISSIVE:
    Istio logs and counts what it would refuse (`istio_requests_total` and the shadow rules'
    metrics), and lets it through.  Take `dryRun` out when the logs are as they should be.
    """
    noun = "AuthorizationPolicy is" if policies == 1 else "AuthorizationPolicies are"
    unenforced = f"{policies} {noun} not enforced, and " if policies else ""
    return f"{unenforced}plaintext is let through"
