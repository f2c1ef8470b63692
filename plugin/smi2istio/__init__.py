"""SMI and Open Service Mesh in, Istio out."""
