//! Whole clusters under a paused clock: what controllers make of objects, step by step.

mod harness;
mod workloads;
