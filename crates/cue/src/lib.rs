//! The CUE language in native Rust: parse, compile, evaluate, export.
//!
//! Claim: this crate knows nothing of Kubernetes and does no I/O. It follows evaluator v3 of the
//! reference implementation at v0.14.1.

pub mod data;
pub mod func;
pub mod kind;
pub mod num;
