//! The headless controller against the embedded hub, on simulated time: killed at every call, led by
//! one of two, refused, starved and left idle.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod account;
mod approvals;
mod cutter;
mod faults;
mod gates;
mod idle;
mod leader;
mod runs;
mod stories;
mod sweep;
mod waits;
mod world;
