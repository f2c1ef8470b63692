"""The rig itself: it shows what is known, sees a fault that is planted, and never guesses."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conformance.aim import aimed
from tests.conformance.announced import Announcements
from tests.conformance.client import Way, walk
from tests.conformance.compare import findings
from tests.conformance.deciders import decided, disagreements
from tests.conformance.examine import Examination, Translator, begun, examine
from tests.conformance.fixtures import FIXTURES
from tests.conformance.outcomes import Answers, RigError
from tests.conformance.shrink import shrink
from tests.meshes.generator import mesh
from tests.meshes.mesh import Mesh, Translation, bodies, translate
from tests.meshes.requests import Request

from smi2istio.bundle import Bundle
from smi2istio.diagnostics import CATALOG, Diagnostic, Fidelity, Where, Witness
from smi2istio.documents import Stream

BOOKSTORE = tuple(bodies((FIXTURES / "scenarios/bookstore/input.yaml").read_text()))
AGENT = (("user-agent", "a-http-client/b"), ("client-app", "bookbuyer"))


def bookstore(method: str = "GET", path: str = "/", source: str = "bookbuyer/bookbuyer",
              headers: tuple[tuple[str, str], ...] = ()) -> Request:  # fmt: skip
    return Request(
        source, "bookstore/bookstore", 14001, "bookstore.bookstore", method, path, headers
    )


# Request, and whether the bookstore's documents allow it.
KNOWN = (
    (bookstore(path="/books-bought", headers=AGENT), True),
    (bookstore(path="/books-bought"), False),
    (bookstore(path="/books-bought", headers=AGENT[:1]), False),
    (bookstore(path="/books-bought?x=1", headers=AGENT), True),
    (bookstore(path="/books-bought/", headers=AGENT), False),
    (bookstore(path="/buy-a-book/new"), True),
    (bookstore(path="/buy-a-book/new?x"), True),
    (bookstore(path="/admin?a-book=new"), False),
    (bookstore(method="POST", path="/buy-a-book/new"), False),
    (bookstore(path="/buy-a-book/new", source="bookthief/bookthief"), False),
    (bookstore(path="/buy-a-book/new", source=""), False),
    (bookstore(method=""), False),
    (bookstore(path="/buy-a-book/new")._replace(port=14002), False),
    (
        Request(
            "bookwarehouse/bookwarehouse",
            "bookwarehouse/mysql-0",
            3306,
            "mysql-0.mysql.bookwarehouse",
            method="",
        ),
        True,
    ),
    (
        Request(
            "bookbuyer/bookbuyer",
            "bookwarehouse/mysql-0",
            3306,
            "mysql-0.mysql.bookwarehouse",
            method="",
        ),
        False,
    ),
)


def test_both_meshes_decide_the_bookstore_as_its_documents_say() -> None:
    asked = tuple(request for request, _ in KNOWN)
    (one,) = asyncio.run(examine([Mesh("bookstore", BOOKSTORE, {}, asked)]))

    for position, (request, allowed) in enumerate(KNOWN):
        before, after = one.outcomes(position)
        assert ([it.allowed for it in before], after.allowed) == ([allowed], allowed), str(request)
    assert not list(findings(one))


def opened(mesh: Mesh) -> Translation:
    """A translation that lets everybody in at the bookstore."""
    made = translate(mesh)
    if made.text is None:
        return made
    policy = (
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
        "metadata: {name: all, namespace: bookstore}\nspec: {rules: [{}]}\n"
    )
    return made._replace(text=made.text + policy)


def test_a_planted_widening_is_found() -> None:
    asked = (bookstore(path="/admin"), bookstore(path="/x", source="bookthief/bookthief"))
    source = Mesh("bookstore", BOOKSTORE, {}, asked)
    (one,) = asyncio.run(examine([source], opened))

    assert [(found.how, found.request) for found in findings(one)] == [
        ("wider", request) for request in asked
    ]


BUY = "spec.matches[1].pathRegex"
WITNESS = Witness("bookbuyer/bookbuyer", path="/buy-a-book/new")


def saying(code: str, witness: Witness = WITNESS) -> Translator:
    """A translation that says something about the match of new books, and does nothing of it."""

    def said(mesh: Mesh) -> Translation:
        made, rule = translate(mesh), CATALOG[code]
        bundle = Bundle(Stream(mesh.text.encode()).documents, mesh.options)
        group = bundle.find(
            "specs.smi-spec.io", "HTTPRouteGroup", "bookstore-service-routes", "bookstore"
        )
        text = "'.*a-book.*new' becomes '/a-booknew', which loses something"
        told = Diagnostic(rule, Where(group, BUY), text, rule.severity, witness)
        return made._replace(diagnostics=(*made.diagnostics, told))

    return said


@pytest.mark.parametrize("code", ["S2I353", "S2I338"])
def test_a_witness_that_shows_nothing_is_found(code: str) -> None:
    (one,) = asyncio.run(examine([Mesh("bookstore", BOOKSTORE, {})], saying(code)))

    assert {found.how for found in findings(one)} == {f"the witness of {code} shows nothing"}


@pytest.mark.parametrize(("missing", "shown"), [((), False), (("bookstore-v2", "bookstore"), True)])
def test_a_witness_may_be_about_pods_that_nobody_can_call(
    missing: tuple[str, ...],
    shown: bool,  # noqa: FBT001 - a parameter of the cases
) -> None:
    kept = [
        one
        for one in BOOKSTORE
        if one["kind"] != "Service" or one["metadata"]["name"] not in missing
    ]
    (one,) = asyncio.run(examine([Mesh("bookstore", tuple(kept), {})], saying("S2I338")))

    assert ("the witness of S2I338 shows nothing" not in {it.how for it in findings(one)}) == shown


@pytest.mark.parametrize(
    ("fixture", "code"),
    [("traffic-split/backend-without-pods", "S2I225"), ("retry/tcp-for-istio", "S2I428")],
)
def test_what_is_sent_elsewhere_without_a_word_is_found(fixture: str, code: str) -> None:
    documents = tuple(bodies((FIXTURES / fixture / "input.yaml").read_text()))
    config = {"namespaces": ["shop"], "mode": "permissive"}

    def silent(mesh: Mesh) -> Translation:
        made = translate(mesh)
        kept = [one for one in made.diagnostics if one.code != code]
        return made._replace(diagnostics=tuple(kept))

    def found(translator: Translator) -> set[str]:
        (one,) = asyncio.run(examine([Mesh(fixture, documents, config)], translator))
        return {it.how for it in findings(one)}

    assert (found(translate), found(silent)) == (set(), {"sent elsewhere"})


@pytest.mark.parametrize(
    ("code", "how", "asked", "told"),
    [
        ("S2I353", Fidelity.NARROWER, bookstore(path="/a-book/new"), True),
        ("S2I353", Fidelity.WIDER, bookstore(path="/a-book/new"), False),
        ("S2I353", Fidelity.NARROWER, bookstore(path="/a-booknew"), False),
        ("S2I353", Fidelity.NARROWER, bookstore(path="/books-bought", headers=AGENT), False),
        ("S2I353", Fidelity.NARROWER, bookstore(path="/new"), False),
        ("S2I338", Fidelity.WIDER, bookstore(path="/anything"), True),
        ("S2I338", Fidelity.WIDER, bookstore()._replace(pod="bookbuyer/bookbuyer"), False),
    ],
)
def test_what_is_said_excuses_what_it_is_about(
    code: str,
    how: Fidelity,
    asked: Request,
    told: bool,  # noqa: FBT001 - a parameter of the cases
) -> None:
    one = begun(Mesh("bookstore", BOOKSTORE, {}), saying(code))

    assert Announcements(one).tell(asked, how) == told


def test_a_decider_that_is_wrong_is_found() -> None:
    one = decided(Mesh("bookstore", BOOKSTORE, {}, tuple(request for request, _ in KNOWN)))
    assert not list(disagreements(one))
    assert one.osm

    turned = [(before._replace(allowed=not before.allowed),) for (before,) in one.osm.outcomes]
    wrong = list(disagreements(replace(one, osm=Answers(tuple(turned), {}))))

    # Where two Services open a port, a decider may allow what one of them refuses.
    refused = {at for at, (_, allowed) in enumerate(KNOWN) if not allowed}
    assert {position for position, _ in wrong} >= refused


def test_a_spelling_that_passes_by_a_policy_is_found() -> None:
    plain = bookstore(path="/buy-a-book/new")
    spellings = ("/buy-a-book/n%65w", "/x/../buy-a-book/new", "/buy-a-book/./new")
    asked = (plain, *(plain._replace(path=one) for one in spellings))
    (one,) = asyncio.run(examine([Mesh("bookstore", BOOKSTORE, {}, asked)]))
    assert not list(findings(one))
    assert one.istio

    turned = [(after._replace(allowed=not after.allowed),) for (after,) in one.istio.outcomes]
    wrong = replace(one, istio=Answers((one.istio.outcomes[0], *turned[1:]), {}))

    found = [it.request for it in findings(wrong) if it.how == "decided before it is normalised"]
    assert found == list(asked[1:])


def test_what_istiod_refuses_is_a_finding() -> None:
    def broken(mesh: Mesh) -> Translation:
        made = translate(mesh)
        return made._replace(text=(made.text or "").replace("action: ALLOW", "action: PERHAPS"))

    (one,) = asyncio.run(examine([Mesh("bookstore", BOOKSTORE, {})], broken))

    assert "istiod objects to the output" in {found.how for found in findings(one)}


def test_what_an_analyzer_minds_is_a_finding() -> None:
    def lost(mesh: Mesh) -> Translation:
        """The policies of the bookstore are for pods that do not exist."""
        made = translate(mesh)
        selector = "Labels:\n      app: {}\n"
        text = (made.text or "").replace(selector.format("bookstore"), selector.format("none"))
        return made._replace(text=text)

    (one,) = asyncio.run(examine([Mesh("bookstore", BOOKSTORE, {})], lost))

    assert "IST0127 Warning AuthorizationPolicy" in next(findings(one)).detail


def test_nobody_listening_is_an_error_and_no_refusal(tmp_path: Path) -> None:
    way = Way(tmp_path / "none.sock", ssl.create_default_context(), "x", b"")

    with pytest.raises(RigError, match="nobody listens"):
        asyncio.run(walk(way, [bookstore()]))


def test_a_mesh_follows_from_its_seed() -> None:
    assert mesh(7) == mesh(7)
    assert mesh(7) != mesh(8)
    assert aimed(mesh(7), 7, 9) == aimed(mesh(7), 7, 9)


def test_a_finding_is_made_small() -> None:
    half = [one for one in BOOKSTORE if "bookstore" in str(one["metadata"])]
    half += [one for one in BOOKSTORE if one["kind"] == "MeshConfig"]
    asked = bookstore("POST", "/admin/users?all=1", headers=AGENT)

    async def examined(meshes: Sequence[Mesh]) -> list[Examination]:
        return await examine(meshes, opened)

    (one,) = asyncio.run(examined([Mesh("half", tuple(half), {}, (asked,))]))
    small = asyncio.run(shrink(next(findings(one)), examined))

    assert (small.request, small.mesh.requests) == (bookstore(), (bookstore(),))
    kinds = [body["kind"] for body in small.mesh.documents]
    assert sorted(kinds) == ["Deployment", "MeshConfig", "Namespace", "Service"]
