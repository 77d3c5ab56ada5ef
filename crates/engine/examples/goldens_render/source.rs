//! Where the text of a definition comes from: the record, our own folder, or a checkout.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use mizzen_engine::render::{Compiler, Definition, Definitions};
use mizzen_engine::render::{DefinitionKind, authoring};

/// The definitions that records are played on.
pub(crate) struct Source {
    pub(crate) compiler: Arc<Compiler>,
    own: BTreeMap<String, Arc<Definition>>,
    upstream: Vec<PathBuf>,
}

impl Source {
    pub(crate) fn new(upstream: &[PathBuf]) -> Result<Self, String> {
        let definitions = Definitions::builtin().map_err(|error| error.to_string())?;
        let own = definitions.iter().map(|d| (key(d.kind.word(), &d.name), Arc::clone(d)));
        Ok(Self {
            own: own.collect(),
            compiler: Arc::clone(definitions.compiler()),
            upstream: upstream.to_vec(),
        })
    }

    /// The definition to play on; `None` when neither we nor the checkout have it.
    pub(crate) fn definition(
        &self,
        kind: &str,
        name: &str,
        path: &str,
        text: Option<&str>,
        theirs: bool,
    ) -> Option<Result<Arc<Definition>, String>> {
        if let Some(text) = text {
            return Some(self.read(kind, name, text));
        }
        if self.upstream.is_empty() {
            let found = if theirs { None } else { self.own.get(&key(kind, name)) };
            return found.map(|definition| Ok(Arc::clone(definition)));
        }
        let files = self.upstream.iter().map(|root| root.join(path));
        let text = files.filter_map(|file| std::fs::read_to_string(file).ok()).next()?;
        Some(self.read(kind, name, &text))
    }

    fn read(&self, kind: &str, name: &str, text: &str) -> Result<Arc<Definition>, String> {
        let (compiler, file) = (&self.compiler, format!("{name}.cue"));
        let read = match DefinitionKind::from_word(kind) {
            Some(kind) => authoring::definition_of_kind(compiler, &file, text, kind),
            None => authoring::definition(compiler, &file, text),
        };
        read.map(Arc::new).map_err(|error| error.to_string())
    }
}

fn key(kind: &str, name: &str) -> String {
    format!("{kind}/{name}")
}
