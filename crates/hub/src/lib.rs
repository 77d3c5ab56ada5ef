//! An embedded, Kubernetes-compatible API with simulated clusters.
//!
//! Claim: knows only the Kubernetes API; neither CUE, OAM nor the engine.
