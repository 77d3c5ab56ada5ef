//! Where imports are found: packages the host registered first, then the standard ones.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::compile::Input;
use crate::func::Function;

/// Packages of a context.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registry {
    packages: FxHashMap<Arc<str>, Found>,
}

/// A package: its CUE files and its functions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) inputs: Vec<Input>,
    pub(crate) functions: Vec<Function>,
}

impl Registry {
    pub(crate) fn add_sources(&mut self, path: &str, inputs: Vec<Input>) {
        self.packages.entry(path.into()).or_default().inputs = inputs;
    }

    pub(crate) fn add_function(&mut self, path: &str, function: Function) {
        let found = self.packages.entry(path.into()).or_default();
        found.functions.retain(|f| f.name != function.name);
        found.functions.push(function);
    }

    /// Whether an import path names a package of the language rather than of the host.
    pub(crate) fn is_standard(&self, path: &str) -> bool {
        !self.packages.contains_key(path) && crate::builtin::find(path).is_some()
    }

    pub(crate) fn find(&self, path: &str) -> Option<Found> {
        self.packages.get(path).cloned().or_else(|| standard(path))
    }
}

fn standard(path: &str) -> Option<Found> {
    let package = crate::builtin::find(path)?;
    let mut found = Found { inputs: Vec::new(), functions: package.functions.to_vec() };
    if !package.values.is_empty() {
        let (input, errs) = crate::source::parse(path, package.values);
        debug_assert!(errs.is_empty(), "{path}: {errs:?}");
        found.inputs.push(input);
    }
    Some(found)
}
