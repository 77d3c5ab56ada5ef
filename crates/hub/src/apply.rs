//! Server-side apply and field ownership.
//!
//! [`path`] and [`set`] say which fields; [`shape`] says how values merge, for built-in kinds and
//! custom resources alike; [`walk`] compares, merges and removes; [`managers`] reads and writes
//! `managedFields`; [`typed`] checks types; [`policy`] decides who owns what after an update or an apply. Pure: objects in,
//! objects out.

mod managers;
mod path;
mod policy;
mod set;
mod shape;
mod typed;
mod walk;

pub(crate) use policy::{Writer, apply, update};
pub(crate) use set::Set;
pub(crate) use shape::Shape;
pub(crate) use typed::check as check_types;
