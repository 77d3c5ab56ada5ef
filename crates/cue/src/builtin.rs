//! The standard packages: pure functions over data, one file a package.

mod args;
mod base64;
mod json;
mod list;
mod math;
mod path;
mod regexp;
mod strconv;
mod strings;
mod structs;

use crate::func::Package;

/// All packages that are written.
const PACKAGES: &[&Package] = &[
    &base64::PACKAGE,
    &json::PACKAGE,
    &list::PACKAGE,
    &math::PACKAGE,
    &path::PACKAGE,
    &regexp::PACKAGE,
    &strconv::PACKAGE,
    &strings::PACKAGE,
    &structs::PACKAGE,
];

/// The package of an import path.
pub(crate) fn find(path: &str) -> Option<&'static Package> {
    PACKAGES.iter().copied().find(|p| p.path == path)
}
