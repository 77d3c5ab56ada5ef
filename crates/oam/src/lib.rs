//! The `core.oam.dev` API: types, CRDs, labels, annotations and hashes.
//!
//! Claim: serde only. No client, no I/O, no runtime.
