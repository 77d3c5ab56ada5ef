//! YAML as the reference reads and writes it: Go's `yaml.v3`, plus the quoting of what older readers would misread.

mod emit;
mod read;
mod resolve;

pub(crate) use emit::emit;
pub(crate) use read::documents;
