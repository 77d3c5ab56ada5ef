//! The commands from outside: the real program, a real socket, an embedded hub.

#![allow(clippy::panic, reason = "a failing test panics")]

#[path = "commands/bad.rs"]
mod bad;
#[path = "commands/controller.rs"]
mod controller;
#[path = "commands/cue.rs"]
mod cue;
#[path = "commands/exec.rs"]
mod exec;
#[path = "commands/members.rs"]
mod members;
#[path = "shared/payloads.rs"]
mod payloads;
#[path = "commands/repair.rs"]
mod repair;
#[path = "commands/views.rs"]
mod views;
#[path = "commands/world.rs"]
mod world;
