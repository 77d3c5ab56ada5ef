//! The records of a folder, one JSON object a line.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One recorded render.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) definition: String,
    #[serde(default)]
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) definition_path: String,
    pub(crate) definition_text: Option<String>,
    #[serde(default)]
    pub(crate) note: String,
    #[serde(default)]
    pub(crate) parameter: Value,
    #[serde(default)]
    pub(crate) context: Map<String, Value>,
    #[serde(default)]
    pub(crate) base: Value,
    #[serde(default)]
    pub(crate) traits: Vec<TraitRef>,
    pub(crate) expect: Value,
}

/// A trait of a chain.
#[derive(Debug, Deserialize)]
pub(crate) struct TraitRef {
    pub(crate) definition: String,
    #[serde(default)]
    pub(crate) definition_path: String,
    pub(crate) definition_text: Option<String>,
    #[serde(default)]
    pub(crate) parameter: Value,
}

impl Record {
    /// What the record is about, for people.
    pub(crate) fn title(&self) -> String {
        let note = if self.note.is_empty() { String::new() } else { format!(" ({})", self.note) };
        format!("{}/{}{note}", self.kind, self.definition)
    }

    /// Whether the id, the definition or `kind/definition` fits the pattern.
    pub(crate) fn fits(&self, glob: &str) -> bool {
        let both = format!("{}/{}", self.kind, self.definition);
        [self.id.as_str(), self.definition.as_str(), both.as_str()]
            .iter()
            .any(|text| matches(glob, text))
    }
}

/// `*` stands for any text.
fn matches(glob: &str, text: &str) -> bool {
    let Some((head, rest)) = glob.split_once('*') else { return glob == text };
    let Some(after) = text.strip_prefix(head) else { return false };
    (0..=after.len()).filter(|at| after.is_char_boundary(*at)).any(|at| matches(rest, &after[at..]))
}

/// All records below a folder, by file and line.
pub(crate) fn read(folder: &Path) -> Result<Vec<Record>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut records = Vec::new();
    for file in files {
        let text =
            std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            let record = serde_json::from_str(line)
                .map_err(|e| format!("{}:{}: {e}", file.display(), number + 1))?;
            records.push(record);
        }
    }
    Ok(records)
}
