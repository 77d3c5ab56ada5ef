//! txtar: files in one text, each under a line `-- name --`; what stands before the first is comment.

/// The comment and the files, names and contents in order; any text is an archive.
pub(crate) fn parse(text: &str) -> (String, Vec<(String, String)>) {
    let (mut comment, mut files) = (String::new(), Vec::<(String, String)>::new());
    for line in text.split_inclusive('\n') {
        match (marker(line), files.last_mut()) {
            (Some(name), _) => files.push((name.to_owned(), String::new())),
            (None, Some((_, content))) => content.push_str(line),
            (None, None) => comment.push_str(line),
        }
    }
    (comment, files)
}

fn marker(line: &str) -> Option<&str> {
    let name = line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")?.trim();
    (!name.is_empty()).then_some(name)
}
