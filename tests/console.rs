//! The console from outside, without a process: messages in, screens and effects out.

#[path = "console/bulk.rs"]
mod bulk;
#[path = "console/bytes.rs"]
mod bytes;
#[path = "console/compare.rs"]
mod compare;
#[path = "console/filter.rs"]
mod filter;
#[path = "console/hostile.rs"]
mod hostile;
#[path = "console/keys.rs"]
mod keys;
#[path = "console/linear.rs"]
mod linear;
#[path = "console/objects.rs"]
mod objects;
#[path = "console/palette.rs"]
mod palette;
#[path = "shared/payloads.rs"]
mod payloads;
#[path = "console/replay.rs"]
mod replay;
#[path = "console/screens.rs"]
mod screens;
#[path = "console/themes.rs"]
mod themes;
#[path = "console/travel.rs"]
mod travel;
#[path = "console/world.rs"]
mod world;
