"""Who is in the mesh, and in which mode: each sentence of the specification's §4."""

from collections.abc import Sequence

import pytest

from smi2istio import membership
from smi2istio.bundle import Bundle
from smi2istio.documents import read_stream
from smi2istio.membership import Mesh
from smi2istio.options import Options
from smi2istio.source_mesh import MESHES

LABEL = "openservicemesh.io/monitored-by"


def namespace(name: str, *labels: str) -> str:
    lines = "".join(f"    {label}\n" for label in labels)
    return f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n  labels:\n{lines}"


def member(name: str, mesh: str = "osm") -> str:
    return namespace(name, f"{LABEL}: {mesh}")


def target(namespace: str, sources: str = "", destination: str = "") -> str:
    return (
        "apiVersion: access.smi-spec.io/v1alpha3\nkind: TrafficTarget\n"
        f"metadata: {{name: t, namespace: {namespace}}}\nspec:\n"
        f"  destination: {{kind: ServiceAccount, name: d, namespace: {destination or namespace}}}\n"
        f"  sources: [{sources}]\n"
    )


def account(namespace: str, kind: str = "ServiceAccount") -> str:
    return f"{{kind: {kind}, name: s, namespace: {namespace}}}"


def mesh_config(traffic: str) -> str:
    return (
        "apiVersion: config.openservicemesh.io/v1alpha2\nkind: MeshConfig\n"
        "metadata: {name: osm-mesh-config, namespace: osm-system}\n"
        f"spec:\n  traffic: {{{traffic}}}\n"
    )


def config_map(data: str) -> str:
    return (
        "apiVersion: v1\nkind: ConfigMap\n"
        f"metadata: {{name: osm-config, namespace: osm-system}}\ndata: {{{data}}}\n"
    )


def deployment(namespace: str) -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d, namespace: {namespace}}}\n"
        "spec: {template: {spec: {containers: [{name: c}]}}}\n"
    )


def peer_authentication(namespace: str) -> str:
    return (
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
        f"metadata: {{name: default, namespace: {namespace}}}\nspec: {{mtls: {{mode: STRICT}}}}\n"
    )


SPLIT = """\
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: {name: s, namespace: shop}
spec: {service: web, backends: [{service: v1, weight: 1}]}
"""
EGRESS = """\
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Egress
metadata: {name: e, namespace: anywhere}
spec: {sources: [{kind: ServiceAccount, name: s, namespace: caller}]}
"""
RETRY = """\
apiVersion: policy.openservicemesh.io/v1alpha1
kind: Retry
metadata: {name: r, namespace: anywhere}
spec: {source: {kind: ServiceAccount, name: s, namespace: retrier}}
"""
INGRESS_BACKEND = """\
apiVersion: policy.openservicemesh.io/v1alpha1
kind: IngressBackend
metadata: {name: i, namespace: anywhere}
spec: {sources: [{kind: ServiceAccount, name: s, namespace: gateway}]}
"""
TOLD = Options(mode="enforcing")
SETTLED = mesh_config("enablePermissiveTrafficPolicyMode: false, enableEgress: true")


def resolve(*documents: str, options: Options = TOLD) -> tuple[Mesh, list[str]]:
    bundle = Bundle(read_stream("---\n".join(documents).encode()), options)
    mesh, said = membership.resolve(bundle, options)
    return mesh, sorted(one.code for one in said)


def members(*documents: str, options: Options = TOLD) -> tuple[str, ...]:
    return resolve(SETTLED, *documents, options=options)[0].members


class TestMembers:
    def test_are_the_namespaces_with_the_label(self) -> None:
        assert members(member("b"), member("a"), namespace("c", "x: y")) == ("a", "b")

    def test_are_joined_by_those_that_are_listed(self) -> None:
        options = TOLD._replace(namespaces=("c",))

        assert members(member("a"), options=options) == ("a", "c")

    def test_are_inferred_from_access_documents_alone(self) -> None:
        sources = ", ".join((account("buyer"), account("group", "Group"), account("kube-x")))
        documents = (target("shop", sources), SPLIT, EGRESS, RETRY, INGRESS_BACKEND)

        assert members(*documents) == ("buyer", "caller", "retrier", "shop")

    def test_are_not_inferred_where_a_label_names_one(self) -> None:
        assert members(member("a"), target("shop")) == ("a",)

    def test_are_not_inferred_where_one_is_listed(self) -> None:
        assert members(target("shop"), options=TOLD._replace(namespaces=("a",))) == ("a",)

    def test_inferred_leave_out_istio_and_osm(self) -> None:
        odd = SETTLED.replace("osm-system", "mesh")
        sources = ", ".join(account(name) for name in ("istio-system", "osm-system", "mesh"))

        assert resolve(odd, target("shop", sources))[0].members == ("shop",)

    def test_inferred_leave_out_the_root_namespace_of_the_revision(self) -> None:
        options = TOLD._replace(revision="asm-1-28")
        document = target("shop", account("aks-istio-system"))

        assert members(document, options=options) == ("shop",)

    def test_are_not_inferred_from_a_target_without_destination(self) -> None:
        document = target("shop", account("buyer")).replace("destination:", "nowhere:")

        assert members(document) == ()

    def test_are_inferred_from_version_one_which_has_no_spec(self) -> None:
        document = (
            "apiVersion: access.smi-spec.io/v1alpha1\nkind: TrafficTarget\n"
            "metadata: {name: t, namespace: shop}\n"
            "destination: {kind: ServiceAccount, name: d, namespace: shop}\n"
            f"sources: [{account('buyer')}]\n"
        )

        assert members(document) == ("buyer", "shop")

    def test_of_other_meshes_include_destinations_elsewhere(self) -> None:
        options = Options(source_mesh=MESHES["smi"])
        document = target("policies", destination="shop")

        assert members(document, options=options) == ("policies", "shop")
        assert members(document) == ("policies",)

    def test_do_not_include_a_namespace_with_the_ignore_label(self) -> None:
        ignored = namespace("a", f"{LABEL}: osm", "openservicemesh.io/ignore: 'true'")

        assert members(ignored, member("b")) == ("b",)

    def test_follow_a_namespace_that_kustomize_renamed(self) -> None:
        renamed = (
            "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: s\n  namespace: dev-buyer\n"
            "  annotations:\n    internal.config.kubernetes.io/previousNames: s\n"
            "    internal.config.kubernetes.io/previousNamespaces: buyer\n"
        )

        assert members(renamed, target("shop", account("buyer"))) == ("dev-buyer", "shop")

    def test_inferred_are_told_with_those_left_behind(self) -> None:
        documents = [deployment(name) for name in ("shop", "tools", "kube-system")]
        bundle = Bundle(
            read_stream("---\n".join((SETTLED, target("shop"), *documents)).encode()), TOLD
        )
        _, (said,) = membership.resolve(bundle, TOLD)

        assert said.code == "S2I503"
        assert said.message == (
            "members inferred from access policies: shop; not taken, though workloads are"
            " there: tools; list 'namespaces'"
        )


class TestTwoMeshes:
    def test_without_a_name_are_an_error(self) -> None:
        assert resolve(SETTLED, member("a"), member("b", "other"))[1] == ["S2I501"]

    def test_with_a_name_leave_the_other_one_alone(self) -> None:
        options = TOLD._replace(mesh_name="osm")
        mesh, said = resolve(SETTLED, member("a"), member("b", "other"), options=options)

        assert (mesh.members, mesh.foreign, said) == (("a",), frozenset("b"), ["S2I502"])

    def test_a_listed_namespace_of_the_other_one_is_an_error(self) -> None:
        options = TOLD._replace(mesh_name="osm", namespaces=("b",))

        assert resolve(SETTLED, member("b", "other"), options=options)[1] == ["S2I502", "S2I504"]

    def test_a_listed_namespace_that_is_ignored_is_an_error(self) -> None:
        ignored = namespace("b", "openservicemesh.io/ignore: 'true'")
        options = TOLD._replace(namespaces=("b",))

        assert resolve(SETTLED, ignored, options=options)[1] == ["S2I504"]


def test_the_root_namespace_cannot_be_a_member() -> None:
    assert resolve(SETTLED, member("istio-system"))[1] == ["S2I505"]


def mode(*documents: str, mode: str = "auto", baseline: str = "emit") -> tuple[str, list[str]]:
    mesh, said = resolve(*documents, options=Options(mode=mode, baseline=baseline))
    return mesh.mode, [code for code in said if code not in ("S2I407", "S2I503")]


PERMISSIVE = mesh_config("enablePermissiveTrafficPolicyMode: true, enableEgress: true")


@pytest.mark.parametrize(
    ("documents", "expected", "said"),
    [
        ([PERMISSIVE, target("a")], "permissive", []),
        ([SETTLED, target("a")], "enforcing", []),
        ([mesh_config("enableEgress: true"), target("a")], "enforcing", ["S2I403"]),
        ([mesh_config("enableEgress: true"), member("a")], "enforcing", ["S2I403"]),
        ([target("a")], "enforcing", ["S2I403"]),
        ([target("a"), member("a")], "enforcing", ["S2I403"]),
        ([member("a")], "enforcing", ["S2I405"]),
        ([SPLIT], "", []),
        ([config_map("permissive_traffic_policy_mode: 'true'"), target("a")], "permissive", []),
        ([config_map("permissive_traffic_policy_mode: 'false'"), member("a")], "enforcing", []),
        ([config_map("egress: 'true'"), target("a")], "enforcing", ["S2I403"]),
        ([config_map("colour: blue"), target("a")], "enforcing", ["S2I403"]),
        ([PERMISSIVE.replace("osm-mesh-config", "preset-mesh-config"), target("a")],
         "enforcing", ["S2I403"]),
        ([SETTLED, PERMISSIVE.replace("osm-system", "osm"), target("a")], "enforcing", ["S2I402"]),
        ([SETTLED, config_map("egress: 'true'"), target("a")], "enforcing", ["S2I402"]),
    ],
)  # fmt: skip
def test_the_mode_is_what_the_input_says(
    documents: Sequence[str], expected: str, said: list[str]
) -> None:
    assert mode(*documents) == (expected, said)


@pytest.mark.parametrize(
    ("chosen", "documents", "said"),
    [
        ("enforcing", [SETTLED, target("a")], []),
        ("enforcing", [PERMISSIVE, target("a")], ["S2I404"]),
        ("permissive", [SETTLED, target("a")], ["S2I404"]),
        ("permissive", [mesh_config("enableEgress: true"), target("a")], []),
        ("permissive", [member("a")], []),
        ("enforcing", [member("a")], []),
    ],
)
def test_an_explicit_mode_must_not_contradict_the_document(
    chosen: str, documents: Sequence[str], said: list[str]
) -> None:
    assert mode(*documents, mode=chosen) == (chosen, said)


def test_other_source_meshes_enforce_without_a_word() -> None:
    mesh, said = resolve(target("a"), options=Options(source_mesh=MESHES["smi"]))

    assert mesh.enforcing
    assert said == ["S2I503"]


def test_the_mode_is_not_asked_for_where_nothing_depends_on_it() -> None:
    assert mode(member("a"), SPLIT, baseline="omit") == ("", [])


@pytest.mark.parametrize(
    ("traffic", "expected"),
    [
        ("enableEgress: false", (False, ["S2I406"])),
        ("enableEgress: true", (True, [])),
        ("enablePermissiveTrafficPolicyMode: false", (None, ["S2I407"])),
    ],
)
def test_egress_is_what_the_mesh_config_says(traffic: str, expected: tuple[object, ...]) -> None:
    mesh, said = resolve(mesh_config(traffic), member("a"))

    assert (mesh.egress, said) == expected


def test_egress_is_nothing_to_talk_about_without_members() -> None:
    closed = mesh_config("enablePermissiveTrafficPolicyMode: false, enableEgress: false")

    assert resolve(closed, SPLIT)[1] == []


def test_egress_is_not_asked_for_without_members_or_baseline() -> None:
    silent = mesh_config("enablePermissiveTrafficPolicyMode: false")

    assert resolve(silent, SPLIT)[1] == []
    assert resolve(silent, member("a"), options=TOLD._replace(baseline="omit"))[1] == []


class TestKubernetesService:
    """The add-on of AKS keeps its MeshConfig in kube-system."""

    DOCUMENT = SETTLED.replace("osm-system", "kube-system")

    def test_needs_a_revision(self) -> None:
        assert resolve(self.DOCUMENT, member("a"))[1] == ["S2I408"]

    @pytest.mark.parametrize("revision", ["asm-1-28", "default"])
    def test_takes_either_answer(self, revision: str) -> None:
        assert (
            resolve(self.DOCUMENT, member("a"), options=TOLD._replace(revision=revision))[1] == []
        )


class TestSecondRun:
    """What an earlier run has converted is not asked for again."""

    LISTED = Options(namespaces=("a",))

    def test_has_no_members_where_the_baseline_stands(self) -> None:
        assert resolve(peer_authentication("a"), options=self.LISTED) == (Mesh(), [])

    def test_goes_on_where_a_listed_namespace_lacks_it(self) -> None:
        mesh, said = resolve(
            peer_authentication("a"), options=self.LISTED._replace(namespaces=("a", "b"))
        )

        assert (mesh.members, said) == (("b",), ["S2I405", "S2I407"])

    def test_asks_for_allow_nothing_in_mode_enforcing(self) -> None:
        options = self.LISTED._replace(mode="enforcing")
        policy = (
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
            "metadata: {name: deny, namespace: a}\nspec: {}\n"
        )

        assert resolve(peer_authentication("a"), options=options)[0].members == ("a",)
        assert resolve(peer_authentication("a"), policy, options=options)[0].members == ()

    def test_misses_nothing_with_baseline_omit(self) -> None:
        assert resolve(options=self.LISTED._replace(baseline="omit")) == (Mesh(), [])

    def test_does_not_look_at_the_definitions_of_kinds(self) -> None:
        crd = (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            "metadata: {name: egresses.policy.openservicemesh.io}\n"
            f"spec: {{group: policy.openservicemesh.io, x: {LABEL}}}\n"
        )

        assert resolve(peer_authentication("a"), crd, options=self.LISTED) == (Mesh(), [])

    def test_goes_on_where_a_document_of_the_old_mesh_came_later(self) -> None:
        mesh, said = resolve(peer_authentication("a"), SPLIT, options=self.LISTED)

        assert (mesh.members, mesh.mode, said) == (("a",), "", [])
