//! The delivery engine shared by console, commands and headless controller.
//!
//! Claim: `render`, `plan`, `health`, `tree`, `drift` and `workflow` transitions are pure; only
//! `apply` writes to a cluster.

pub mod apply;
pub mod control;
pub mod error;
pub mod fleet;
pub mod forecast;
pub mod health;
pub mod member;
pub mod operate;
pub mod plan;
pub mod render;
pub mod track;
pub mod tree;
pub mod workflow;

pub use error::Error;
