"""Who may call whom, decided twice: from the documents of the old mesh, and from Istio's.

The two deciders know nothing of each other and nothing of the translator, so that their
agreement proves something.  No command asks them: ``tests/test_random_meshes.py`` compares
them with each other, and ``tests/conformance`` with both proxies.

What is outside the promise (Istio's normalisation of paths, OSM's check of the authority
against the names of Services, client-side refusals) is outside of them as well.
"""
