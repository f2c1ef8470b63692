"""S2I2xx: TrafficSplits, and the controllers that write them."""

from smi2istio.diagnostics import EQUAL, ERROR, NONE, NOTE, WARNING, Said, Setting, rule


@rule("S2I201", ERROR, NONE)
def all_weights_zero() -> str:
    """Every backend of a TrafficSplit has weight 0.

    SMI leaves the meaning open, and Istio refuses such a route, or sends everything to
    a lone backend whatever its weight.  Give at least one backend a positive weight, or
    delete the TrafficSplit.
    """
    return "every backend has weight 0"


@rule("S2I202", ERROR, NONE)
def bad_weight(value: object, form: str) -> str:
    """A weight is negative, has a fraction, or is no number.

    v1alpha1 has quantities (`1`, `0.5`, `500m`), later versions have whole numbers.
    Write the weight in the form of the document's version; only the ratios matter, so
    500m and 1 are the same as 1 and 2.
    """
    return f"{value!r} is not {form}"


@rule("S2I203", ERROR, NONE)
def no_backends() -> str:
    """A TrafficSplit has no backends.

    There is nothing to send the traffic to.  List the backends, or delete the
    TrafficSplit: without one the traffic goes to the Service itself.
    """
    return "no backends"


@rule("S2I204", ERROR, NONE)
def weight_too_large(weight: int, limit: int) -> str:
    """A weight, or the sum of all weights, is too large for Istio.

    A weight must fit 31 bits, and the sum must fit 32.  Divide all weights by one number;
    only the ratios matter.
    """
    return f"{weight} is more than {limit}; divide all weights by one number"


@rule("S2I205", ERROR, NONE)
def not_in_namespace(text: str, namespace: str) -> str:
    """A TrafficSplit names something that is no Service of its namespace.

    A split joins Services of one namespace.  OSM did not compare the namespace in a
    name with the split's and took the Service of that name beside the split, which was
    rarely meant.  Write the short name, or move the split.
    """
    return f"{text!r} is not the name of a Service in namespace {namespace!r}"


@rule("S2I206", WARNING, EQUAL)
def cluster_without_domain(text: str, host: str) -> str:
    """The root of a TrafficSplit is written with svc.cluster at its end.

    OSM read such a name as another one: callers did not split, and pods that the root's
    selector matched lost their HTTP routes.  The split is translated as it was meant, so
    it takes effect now.  Write the short name.
    """
    return f"{text!r} was misread by OSM; taken as {host!r}"


@rule("S2I207", WARNING, EQUAL)
def long_backend(text: str, name: str) -> str:
    """A backend is not written with the short name of its Service.

    OSM compared backends literally and dropped this one, so the others had its share.
    It gets its share now.  Write the short name, or delete the backend.
    """
    return f"{text!r} matched no Service in OSM; taken as {name!r}"


@rule("S2I208", ERROR, NONE)
def external_name(name: str) -> str:
    """A Service of a TrafficSplit is of type ExternalName.

    It stands for a host outside the cluster that has no pods to send a share to.  Name
    a Service with a selector; to split traffic to outside hosts write a ServiceEntry and
    a VirtualService.
    """
    return f"Service {name!r} is of type ExternalName"


@rule("S2I209", ERROR, NONE)
def root_split_twice(root: str, first: str) -> str:
    """Two TrafficSplits have one root.

    Istio does not merge two VirtualServices of one host, and OSM took one of the two at
    random.  Join them, or delete one.
    """
    return f"Service {root!r} is already split by TrafficSplit {first!r}"


@rule("S2I210", ERROR, NONE)
def already_routed(host: str, other: str) -> str:
    """A VirtualService of the input has routes for the root of a TrafficSplit.

    Istio does not merge two VirtualServices of one host in the mesh: one of them would
    be ignored.  Join the weights into that VirtualService by hand and delete the split,
    or delete the VirtualService.
    """
    return f"host {host!r} is already routed by VirtualService {other!r}, and Istio merges none"


@rule("S2I211", WARNING, EQUAL)
def backend_without_port(backend: str, port: int) -> str:
    """A backend does not have a port that the root of its TrafficSplit has.

    SMI sends nothing of that port to such a backend, so it is left out there and the
    others share by their weights.  Add the port to the backend's Service if it is meant
    to have a share.
    """
    return f"Service {backend!r} has no port {port}, so it gets nothing there; add it if it should"


@rule("S2I212", ERROR, NONE)
def nothing_left(port: int, backends: tuple[str, ...]) -> str:
    """No backend with a weight above 0 has a port that the root has.

    SMI sends that port's traffic to nobody; Istio would send all of it to the backends
    of weight 0, or to the root.  Add the port to the Services that the message names,
    or delete it from the root.
    """
    names = ", ".join(repr(name) for name in backends)
    return f"port {port} is missing in every backend with a weight above 0: {names}"


@rule("S2I213", WARNING, EQUAL)
def root_unknown(name: str, *, homeless: bool) -> str:
    """The root of a TrafficSplit is not in the input.

    Its ports and their protocols are not known, so its HTTP traffic is split on every
    port, and its TCP traffic is not split.  Add the Service to the input; if it is there
    without a namespace, write that, or set the option `namespace`.
    """
    return f"{_absent(name, homeless=homeless)}; its HTTP traffic is split, TCP is not"


@rule("S2I214", WARNING, EQUAL)
def backend_unknown(name: str, *, homeless: bool) -> str:
    """A backend of a TrafficSplit is not in the input.

    It is taken to have the ports of the root.  OSM gave the share of a backend that does
    not exist to the others; with Istio that share fails with status 503.  Add the
    Service to the input, or delete the backend.
    """
    return f"{_absent(name, homeless=homeless)}; taken to have the ports of the root"


def _absent(name: str, *, homeless: bool) -> str:
    why = "has no namespace; write it, or set 'namespace'" if homeless else "is not in the input"
    return f"Service {name!r} {why}"


@rule("S2I215", NOTE, EQUAL)
def idle_root(name: str) -> str:
    """The root of a TrafficSplit selects no pods.

    OSM 1.2 did not route such a Service, so calls to it failed.  Istio does, and the
    backends' policies decide.
    """
    return f"Service {name!r} selects no pods: OSM 1.2 did not route it, Istio does"


@rule("S2I216", WARNING, EQUAL)
def nothing_to_split(name: str) -> str:
    """A TrafficSplit applies to no traffic, so it becomes nothing.

    Its root has no port with traffic of the right protocol (`matches` are for HTTP), or
    no request can match.  The traffic goes to the root, as it did.  Delete the split, or
    correct the ports or the matches.
    """
    return f"no traffic to Service {name!r} is split; removed"


@rule("S2I217", ERROR, NONE)
def no_subset(name: str, why: str) -> str:
    """A backend cannot be a subset of the root.

    With `splitTo: subsets` traffic goes to pods of the root's Service that have a
    backend's labels as well, on the root's port.  So every backend's selector must
    contain the root's, and the port must lead to the same port of the pods.  Use
    `splitTo: services`, which loses nothing, or correct the Services.
    """
    return f"Service {name!r} {why}; use 'splitTo: services'"


@rule("S2I218", ERROR, NONE)
def not_a_route_group(kind: str) -> str:
    """A match of a TrafficSplit is no HTTPRouteGroup.

    Only HTTPRouteGroups of specs.smi-spec.io can decide which requests are split.
    """
    return f"{kind!r} cannot select requests; name an HTTPRouteGroup of specs.smi-spec.io"


@rule("S2I219", ERROR, NONE)
def group_missing(name: str) -> str:
    """A TrafficSplit names an HTTPRouteGroup that is not in the input.

    Which requests are split is not known.  Add the document to the input, or correct the
    name; groups are looked up in the split's own namespace.
    """
    return f"HTTPRouteGroup {name!r} is not in this namespace of the input"


@rule("S2I220", ERROR, NONE)
def regex_too_long(length: int) -> str:
    """A regex is too long for a VirtualService.

    Istio takes 1,024 bytes.  Shorten it, or spread it over several matches of the
    HTTPRouteGroup: they are alternatives.
    """
    return f"the regex has {length} bytes, and Istio takes 1024"


@rule("S2I221", WARNING, EQUAL)
def only_headers_count(name: str) -> str:
    """A match of a TrafficSplit has a path or methods besides its headers.

    The specification applies only the headers of a group to a split, so path and
    methods do not restrict which requests are split.  Delete them, or set `sourceMesh`
    to the mesh that the documents were written for.
    """
    return f"path and methods of match {name!r} do not count in a split, only headers do"


@rule("S2I222", NOTE, EQUAL)
def gateways_taken(gateways: tuple[str, ...]) -> str:
    """A TrafficSplit names gateways in an annotation of smi-adapter-istio.

    The VirtualService gets them, and `mesh`, without which no sidecar would split.
    """
    return f"bound to {', '.join(gateways)}"


@rule("S2I223", ERROR, NONE)
def bad_gateways() -> str:
    """The annotation for the gateways of a TrafficSplit holds no list.

    smi-adapter-istio ignored it then.  Write a JSON list of texts, or delete it.
    """
    return "expected a JSON list of names of gateways"


@rule("S2I224", WARNING, EQUAL)
def split_by_connection(root: str, port: int, *, splits: bool) -> str:
    """Istio takes a port of a root for TCP that OSM took for HTTP.

    OSM chose a backend for each request.  On a TCP port Istio chooses one for each
    connection, and a split with `matches` does nothing there, because they are about
    requests.  If the port speaks HTTP, write `appProtocol: http` at the ports of the root
    and of its backends.
    """
    what = "connections are split, not requests" if splits else "nothing is split there"
    return (
        f"port {port} of {root!r} is TCP for Istio and was HTTP for OSM, so {what};"
        " write 'appProtocol: http' if it is HTTP"
    )


@rule("S2I225", WARNING, EQUAL)
def backend_unserved(backend: str, ports: tuple[int, ...]) -> str:
    """No workload of the input serves a backend of a TrafficSplit.

    OSM 1.2 gave the share of a backend without endpoints to the others; with Istio that
    share fails with status 503.  If the pods come from elsewhere nothing is wrong.  If
    there are none, correct the selector or the targetPort of the Service, or set the
    weight to 0.
    """
    listed = " or ".join(map(str, ports))
    return (
        f"no workload of the input serves port {listed} of Service {backend!r}: OSM gave its share"
        " to the others, with Istio it fails; set weight 0 if there are no pods"
    )


@rule("S2I230", WARNING, EQUAL)
def canary_writes_splits(
    provider: str, inert: tuple[str, ...], settings: tuple[Setting, ...]
) -> Said:
    """A Canary of Flagger makes its controller write TrafficSplits.

    Nothing reads them once OSM is gone.  With `provider: istio` Flagger writes a
    VirtualService instead.  The fields that the message lists were ignored until now and
    take effect then; metric templates that query `osm_*` or Linkerd's metrics must be
    rewritten.  Without a provider the controller's flag -mesh-provider decides.
    """
    said = f"provider {provider!r}" if provider else "no provider, so the controller's flag decides"
    tail = f"; {', '.join(inert)} will then take effect" if inert else ""
    message = f"{said}; TrafficSplits are read no more, write 'provider: istio'{tail}"
    return Said(message, settings=settings)


def _or(name: str, unnamed: str) -> str:
    return f"{name!r}" if name else unnamed


@rule("S2I231", WARNING, EQUAL)
def rollout_writes_splits(
    name: str, root: str, stable: str, canary: str, settings: tuple[Setting, ...]
) -> Said:
    """A Rollout of Argo makes its controller write TrafficSplits.

    Nothing reads them once OSM is gone.  With `trafficRouting.istio` the controller
    edits a VirtualService, which has to exist: `hosts` with the root, and one `http`
    route to the stable Service with weight 100 and the canary Service with weight 0, by
    the names that the Rollout has.  Under Argo CD add `ignoreDifferences` for the
    weights.
    """
    return Said(
        f"TrafficSplits are read no more; write 'istio: {{virtualService: {{name: {name}}}}}' and"
        f" VirtualService {name!r} for {_or(root, 'its Service')}, weight 100 to"
        f" {_or(stable, 'its stableService')} and 0 to {_or(canary, 'its canaryService')}",
        settings=settings,
    )


@rule("S2I232", WARNING, EQUAL)
def split_of_a_controller(owner: str) -> str:
    """A TrafficSplit is what a controller had written, or would write.

    The controller keeps its own routes for that Service, and Istio merges no two
    VirtualServices of one host, so the split becomes nothing.  Delete it, and change the
    Canary or Rollout as its own diagnostic says.
    """
    return f"belongs to {owner}, which routes this Service itself; removed"


@rule("S2I233", WARNING, EQUAL)
def metric_of_the_mesh(metric: str) -> str:
    """A query of Flagger asks for a metric that only the old mesh reported.

    It finds nothing under Istio, and Flagger counts that as a check that failed, after some of
    which it rolls the canary back.  Write `istio_requests_total` for numbers of requests, and
    `istio_request_duration_milliseconds_bucket` for their durations, with Istio's labels.
    """
    return f"nothing reports {metric!r} under Istio; ask for one of Istio's metrics"
