//! The standard packages.

use crate::func::Package;

/// All packages that are written.
const PACKAGES: &[Package] = &[];

/// The package of an import path.
pub(crate) fn find(path: &str) -> Option<&'static Package> {
    PACKAGES.iter().find(|p| p.path == path)
}
