//! The definitions that a render may use, found by kind and type name.
//!
//! Invariant: a name resolves to the same definition for the whole of one render; who fills the
//! catalogue (files in the binary, a watch cache, an ApplicationRevision) decides the precedence by
//! the order of insertion.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compile::Compiler;
use super::definition::{Definition, DefinitionKind};
use super::error::RenderError;
use super::failure::Failure;
use super::{authoring, embedded};

/// A set of definitions with the compiler of their texts. Cheap to clone: both are shared.
#[derive(Clone, Debug)]
pub struct Definitions {
    compiler: Arc<Compiler>,
    by_name: BTreeMap<(DefinitionKind, String), Arc<Definition>>,
}

impl Definitions {
    /// An empty set whose texts that compiler compiles.
    #[must_use]
    pub fn new(compiler: Arc<Compiler>) -> Self {
        Self { compiler, by_name: BTreeMap::new() }
    }

    /// The definitions in the binary.
    ///
    /// # Errors
    /// When one of them does not parse, which a test excludes.
    pub fn builtin() -> Result<Self, RenderError> {
        let bad = |failure: Failure| RenderError::BadDefinition {
            name: "built-in package".to_owned(),
            reason: failure.to_string(),
        };
        let compiler = Arc::new(Compiler::new().map_err(bad)?);
        let mut definitions = Self::new(Arc::clone(&compiler));
        for (file, text) in embedded::DEFINITIONS {
            definitions.insert(authoring::definition(&compiler, file, text)?);
        }
        Ok(definitions)
    }

    /// The compiler of the definitions' texts.
    #[must_use]
    pub fn compiler(&self) -> &Arc<Compiler> {
        &self.compiler
    }

    /// Adds a definition under its own name, replacing one of the same kind and name.
    pub fn insert(&mut self, definition: Definition) {
        let name = definition.name.clone();
        self.insert_as(&name, Arc::new(definition));
    }

    /// Adds a definition under another name, such as `webservice-v3` for a revision.
    pub fn insert_as(&mut self, name: &str, definition: Arc<Definition>) {
        self.by_name.insert((definition.kind, name.to_owned()), definition);
    }

    /// Forgets a definition.
    pub fn remove(&mut self, kind: DefinitionKind, name: &str) {
        self.by_name.remove(&(kind, name.to_owned()));
    }

    /// The definition for a type as an application writes it: `name`, or `name@vN` which means the
    /// revision `name-vN` and falls back to `name` where the set holds only that.
    ///
    /// # Errors
    /// [`RenderError::UnknownDefinition`] when there is none.
    pub fn find(
        &self,
        kind: DefinitionKind,
        type_name: &str,
    ) -> Result<&Arc<Definition>, RenderError> {
        let label = label_form(type_name);
        let base = type_name.split('@').next().unwrap_or(type_name);
        let found = self.get(kind, &label).or_else(|| self.get(kind, base));
        let found = match kind {
            DefinitionKind::Component => {
                found.or_else(|| self.get(DefinitionKind::Workload, &label))
            }
            _ => found,
        };
        found.ok_or_else(|| RenderError::UnknownDefinition {
            kind: kind.word(),
            name: type_name.to_owned(),
        })
    }

    /// The definition stored under exactly this name.
    #[must_use]
    pub fn get(&self, kind: DefinitionKind, name: &str) -> Option<&Arc<Definition>> {
        self.by_name.get(&(kind, name.to_owned()))
    }

    /// All definitions, by kind and name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.by_name.values()
    }
}

/// The form of a type that labels and status carry: `webservice@v3` becomes `webservice-v3`.
#[must_use]
pub fn label_form(type_name: &str) -> String {
    match type_name.split_once("@v") {
        Some((name, revision)) => format!("{name}-v{revision}"),
        None => type_name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::label_form;

    #[test]
    fn revisions_take_the_label_form() {
        for (input, expected) in [
            ("webservice", "webservice"),
            ("webservice@v3", "webservice-v3"),
            ("a@v1.2.3", "a-v1.2.3"),
        ] {
            assert_eq!(label_form(input), expected);
        }
    }
}
