//! The archives of the reference's corpora: their files, the tags in their comments, and where they lie.

use std::path::{Path, PathBuf};

use crate::txtar;

/// One archive.
pub(crate) struct Archive {
    /// The text before the first file.
    pub(crate) comment: String,
    /// Names and contents, in order.
    pub(crate) files: Vec<(String, String)>,
}

impl Archive {
    /// Reads an archive; any text is one.
    pub(crate) fn parse(text: &str) -> Self {
        let (comment, files) = txtar::parse(text);
        Self { comment, files }
    }

    /// The content of a file.
    pub(crate) fn file(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|(n, _)| n == name).map(|(_, text)| text.as_str())
    }

    /// Whether the comment has the tag `#key`.
    pub(crate) fn tagged(&self, key: &str) -> bool {
        let tag = |l: &str| l.trim().strip_prefix('#').is_some_and(|t| t == key);
        self.comment.lines().any(tag)
    }
}

/// The archives below a folder, in order of their paths.
pub(crate) fn find(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "txtar") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
