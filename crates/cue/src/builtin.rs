//! The standard packages: pure functions over data, one file a package.

mod args;
mod base64;
mod bits;
mod csv;
mod ed25519;
mod hash;
mod hex;
mod html;
mod json;
mod list;
mod math;
mod net;
mod path;
mod regexp;
mod strconv;
mod strings;
mod structs;
mod tabwriter;
mod template;
mod time;
mod toml;
mod uuid;
mod yaml;

pub(crate) use time::is_time;

use crate::func::Package;

/// All packages that are written.
const PACKAGES: &[&Package] = &[
    &base64::PACKAGE,
    &bits::PACKAGE,
    &csv::PACKAGE,
    &ed25519::PACKAGE,
    &hash::HMAC,
    &hash::MD5,
    &hash::SHA1,
    &hash::SHA256,
    &hash::SHA512,
    &hex::PACKAGE,
    &html::PACKAGE,
    &json::PACKAGE,
    &list::PACKAGE,
    &math::PACKAGE,
    &net::PACKAGE,
    &path::PACKAGE,
    &regexp::PACKAGE,
    &strconv::PACKAGE,
    &strings::PACKAGE,
    &structs::PACKAGE,
    &tabwriter::PACKAGE,
    &template::PACKAGE,
    &time::PACKAGE,
    &toml::PACKAGE,
    &uuid::PACKAGE,
    &yaml::PACKAGE,
];

/// The package of an import path.
pub(crate) fn find(path: &str) -> Option<&'static Package> {
    PACKAGES.iter().copied().find(|p| p.path == path)
}
