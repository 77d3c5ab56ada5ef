//! Whole clusters under a paused clock: what controllers make of objects, step by step.

mod bounds;
mod failures;
mod harness;
mod jobs;
mod ordered;
mod others;
mod rollout;
